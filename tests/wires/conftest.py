"""The far side of the wires: mail servers that the tests of the wires run against."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from service.clock import LeapingClock
from service.demo.background import Background, in_background
from service.demo.hub import MailHub, MailStore
from service.demo.mailboxes import Mailboxes
from tests.wires import dovecot as dovecot_server

DESK = "oficialia@imss-bienestar.example"
USERS = (DESK, "pac012@ejemplo.example")


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """An IMAP server with empty mailboxes; every user of it has the one password."""

    name: str
    host: str
    port: int
    password: str = dovecot_server.PASSWORD
    users: tuple[str, ...] = USERS
    store: MailStore
    background: Background

    def deliver(self, user: str, original: bytes, received_at: datetime) -> None:
        """Put a mail into a user's INBOX, received at an instant of the test's choice."""
        self.background.run(self.store.append(user, original, received_at))


@pytest.fixture(scope="session")
def dovecot() -> Iterator[dovecot_server.Dovecot]:
    """A private Dovecot; without the program the test is skipped, and in CI it fails."""
    if dovecot_server.program() is None:
        message = (
            "Dovecot is missing (apt-get install dovecot-imapd): the reference IMAP server was not tested"
        )
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with dovecot_server.running_dovecot() as server:
        yield server


@pytest.fixture(params=["pymap", "dovecot"])
def mail_server(request: pytest.FixtureRequest, clock: LeapingClock) -> Iterator[MailServer]:
    """An IMAP server, once of each kind."""
    store: MailStore = Mailboxes(clock)
    if request.param == "dovecot":
        store = dovecot_server.DovecotMailboxes(request.getfixturevalue("dovecot"))
    with in_background(store) as background:
        for user in USERS:
            store.add_account(user, dovecot_server.PASSWORD)
        yield MailServer(
            name=request.param, host=store.host, port=store.port, store=store, background=background
        )


@pytest.fixture
def hub(clock: LeapingClock) -> Iterator[MailHub]:
    """A mail hub over pymap in a thread of its own."""
    post = MailHub(clock)
    with in_background(post):
        yield post


@pytest.fixture(params=["pymap", "dovecot"])
def any_hub(request: pytest.FixtureRequest, clock: LeapingClock) -> Iterator[MailHub]:
    """A mail hub in a thread of its own, once over each kind of IMAP server."""
    store = None
    if request.param == "dovecot":
        store = dovecot_server.DovecotMailboxes(request.getfixturevalue("dovecot"))
    post = MailHub(clock, mailboxes=store)
    with in_background(post):
        yield post
