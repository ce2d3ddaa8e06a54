"""The base of everything that this folder raises."""


class MailError(Exception):
    """Something about a letter, the mailbox or the post office went wrong."""
