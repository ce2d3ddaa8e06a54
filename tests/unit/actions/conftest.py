"""Actions over the books of both databases, without wires."""

from tests.unit.storage.conftest import (
    case_id,
    cluster,
    migrated_database,
    migrated_file,
    new_database,
    open_books,
    store,
)

__all__ = [
    "case_id",
    "cluster",
    "migrated_database",
    "migrated_file",
    "new_database",
    "open_books",
    "store",
]
