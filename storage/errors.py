"""What the books can complain of."""


class BooksError(Exception):
    """Something about the books went wrong."""


class BooksBusy(BooksError):
    """Another writer holds the books; trying again can help."""


class BooksNotReachable(BooksError):
    """The database cannot be opened; the message says which and why."""


class NotInBooks(BooksError, LookupError):
    """A row that should exist does not."""

    def __init__(self, what: str, key: object) -> None:
        super().__init__(f"no {what} {key!r} in the books")
        self.what = what
        self.key = key
