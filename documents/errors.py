"""What can go wrong between bytes and values: one base class for the folder."""


class DocumentError(Exception):
    """A document could not be read or made."""
