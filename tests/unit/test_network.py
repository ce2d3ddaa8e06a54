"""No test leaves this machine."""

import asyncio
import socket

import pytest

from tests.conftest import NetworkIsOff


def test_a_connection_to_elsewhere_is_refused_before_it_begins() -> None:
    with socket.socket() as line, pytest.raises(NetworkIsOff):
        line.connect(("192.0.2.1", 80))


def test_a_name_of_elsewhere_is_not_looked_up() -> None:
    with pytest.raises(NetworkIsOff):
        socket.getaddrinfo("mail.example.org", 25)


async def test_loopback_works() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hola")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        assert await reader.read() == b"hola"
        writer.close()
        await writer.wait_closed()
