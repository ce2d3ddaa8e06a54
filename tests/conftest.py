"""What every test starts from: no network but loopback, office time that stands still, an empty folder."""

import ipaddress
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from service.clock import LeapingClock

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


class NetworkIsOff(Exception):
    """A test tried to leave this machine."""


def _is_loopback(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False


def _keep_network_off(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what the interpreter reports of connections to elsewhere (PEP 578)."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise NetworkIsOff(f"{event} to {address!r}")
    elif event == "socket.getaddrinfo" and not _is_loopback(arguments[0]):
        raise NetworkIsOff(f"{event} of {arguments[0]!r}")


sys.addaudithook(_keep_network_off)


@pytest.fixture
def clock() -> LeapingClock:
    """Office time: Monday 4 January 2027, eight in the morning in Mexico City."""
    return LeapingClock(datetime(2027, 1, 4, 14, 0, tzinfo=UTC))


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data folder with nothing in it."""
    folder = tmp_path / "datos"
    folder.mkdir()
    return folder
