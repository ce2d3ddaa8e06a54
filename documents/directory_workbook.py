"""The directory workbook, for whoever only wants to read or write one; how is in `documents.directory`."""

from documents.directory.reading import read_directory
from documents.directory.template import template_bytes, write_directory, write_template
from documents.directory.values import Directory, DirectoryReading, Problem

__all__ = [
    "Directory",
    "DirectoryReading",
    "Problem",
    "read_directory",
    "template_bytes",
    "write_directory",
    "write_template",
]
