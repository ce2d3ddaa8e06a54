"""What the books can complain of. Nothing of SQLAlchemy leaves this folder."""


class BooksError(Exception):
    """Something about the books went wrong."""

    may_try_again = False
    """Whether the same transaction may pass a moment later."""


class BooksBusy(BooksError):
    """Somebody else holds what is needed, or the database asks to try again."""

    may_try_again = True


class BooksConflict(BooksError):
    """A row that must be one of its kind is there already, or it names a row that is not."""


class BooksInUse(BooksError):
    """Another service owns these books."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"the books are in use by {holder}")
        self.holder = holder


class NotInBooks(BooksError, LookupError):
    """A row that should exist does not."""

    def __init__(self, what: str, key: object) -> None:
        super().__init__(f"no {what} {key!r} in the books")
        self.what = what
        self.key = key


class BooksDisagree(BooksError):
    """The head of the chain kept beside the books names a seal that they do not hold: they were cut or replaced."""
