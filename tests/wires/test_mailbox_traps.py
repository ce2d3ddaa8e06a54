"""The mailbox against a server that misbehaves: nothing hangs, nothing is lost, nothing is taken for another."""

import asyncio

import pytest

from mail.inbox import (
    ImapMailbox,
    ImapSettings,
    MailboxError,
    MailboxLost,
    MailboxRefused,
    MailboxUnreachable,
)
from mail.transport import Security
from tests.wires.scripted_imap import RECEIVED, ScriptedImap

LETTER = b"Message-ID: <1@pac.example>\r\nSubject: Listado\r\n\r\n" + b"renglones " * 400


def _messages(count: int) -> dict[int, bytes]:
    return {uid: LETTER + str(uid).encode() for uid in range(1, count + 1)}


class Pauses:
    """Takes the place of sleeping between tries."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def _mailbox(server: ScriptedImap, pauses: Pauses | None = None, **settings: object) -> ImapMailbox:
    values = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": Security.PLAIN,
        "user": "mesa",
        "password": "x",
    }
    return ImapMailbox(
        ImapSettings(**{**values, "command_seconds": 5.0, **settings}),  # type: ignore[arg-type]
        pause=pauses or Pauses(),
        chance=lambda: 1.0,
    )


async def _fetch_all(mailbox: ImapMailbox) -> list[bytes]:
    return [mail.raw async for batch in mailbox.fetch_batches() for mail in batch]


async def test_every_message_comes_with_its_place_and_the_servers_time():
    async with ScriptedImap(messages=_messages(3)) as server:
        mailbox = _mailbox(server)

        mails = [mail async for batch in mailbox.fetch_batches() for mail in batch]
        await mailbox.close()

    assert [mail.place for mail in mails] == ["INBOX/7/1", "INBOX/7/2", "INBOX/7/3"]
    assert {mail.received_at for mail in mails} == {RECEIVED}
    assert mails[2].raw == LETTER + b"3"


async def test_ranges_stay_small_however_many_messages_wait():
    async with ScriptedImap(messages=_messages(120)) as server:
        mailbox = _mailbox(server, range_size=10)

        batches = [len(batch) async for batch in mailbox.fetch_batches()]
        await mailbox.close()

    assert sum(batches) == 120
    assert max(batches) == 10
    asked = [line for line in server.heard if "UID FETCH" in line]
    assert max(line.count(",") for line in asked) < 50


@pytest.mark.parametrize(("word", "fault"), [("UID FETCH", "drop"), ("BODY", "drop"), ("BODY", "half")])
async def test_a_connection_lost_while_fetching_is_noticed_at_once_and_taken_up_again(word, fault):
    async with ScriptedImap(messages=_messages(5), faults={word: fault}) as server:
        mailbox = _mailbox(server, command_seconds=60.0)

        with pytest.raises(MailboxLost):
            async with asyncio.timeout(5):
                await _fetch_all(mailbox)
        again = await _fetch_all(mailbox)
        await mailbox.close()

    assert again == list(_messages(5).values())
    assert server.connections == 2


async def test_silence_ends_by_the_clock_and_the_late_connection_is_never_used_again():
    async with ScriptedImap(messages=_messages(1), faults={"UID SEARCH": "silence"}) as server:
        mailbox = _mailbox(server, command_seconds=0.2)

        with pytest.raises(MailboxLost, match="no answer in time"):
            await mailbox.list_places()
        assert not mailbox.is_connected
        server.faults.clear()
        places = await mailbox.list_places()
        await mailbox.close()

    assert places == ("INBOX/7/1",)
    assert server.connections == 2


async def test_a_server_that_never_greets_is_unreachable():
    async with ScriptedImap(faults={"greeting": "silence"}) as server:
        mailbox = _mailbox(server, connect_seconds=0.2)

        with pytest.raises(MailboxUnreachable):
            await mailbox.connect()


async def test_a_refused_port_is_unreachable():
    mailbox = ImapMailbox(ImapSettings(host="127.0.0.1", port=1, security=Security.PLAIN))

    with pytest.raises(MailboxUnreachable):
        await mailbox.connect()


async def test_a_wrong_password_is_a_refusal_and_not_a_loss():
    async with ScriptedImap(faults={"LOGIN": "refuse"}) as server:
        mailbox = _mailbox(server)

        with pytest.raises(MailboxRefused):
            await mailbox.connect()
        await mailbox.close()


async def test_pauses_between_tries_grow_and_never_exceed_their_limit():
    async with ScriptedImap(faults={"SELECT": "silence"}) as server:
        pauses = Pauses()
        mailbox = _mailbox(server, pauses, command_seconds=0.05, longest_pause_seconds=6.0)

        for _ in range(4):
            with pytest.raises(MailboxUnreachable):
                await mailbox.list_places()

    assert pauses.seconds == [2.0, 4.0, 6.0]


async def test_a_push_wakes_whoever_waits():
    async with ScriptedImap(messages=_messages(1)) as server:
        mailbox = _mailbox(server)
        await mailbox.list_places()
        waiting = asyncio.ensure_future(mailbox.wait_for_news(30))
        await server.idling.wait()
        server.announce("OK Still here")
        server.announce("2 EXISTS")

        assert await asyncio.wait_for(waiting, 5) is True
        await mailbox.close()

    assert "DONE" in server.heard


async def test_waiting_without_news_ends_in_time_and_leaves_the_connection_usable():
    async with ScriptedImap(messages=_messages(1)) as server:
        mailbox = _mailbox(server)
        await mailbox.list_places()

        assert await mailbox.wait_for_news(0.1) is False
        assert await mailbox.list_places() == ("INBOX/7/1",)
        await mailbox.close()

    assert server.connections == 1


async def test_what_arrived_since_the_last_listing_needs_no_push():
    async with ScriptedImap(messages=_messages(1)) as server:
        mailbox = _mailbox(server)
        await mailbox.list_places()
        server.messages[2] = LETTER

        assert await mailbox.wait_for_news(30) is True
        await mailbox.close()


async def test_a_connection_killed_while_idle_is_noticed_at_once():
    async with ScriptedImap() as server:
        mailbox = _mailbox(server)
        await mailbox.list_places()
        waiting = asyncio.ensure_future(mailbox.wait_for_news(60))
        await server.idling.wait()
        server.kill()

        with pytest.raises(MailboxLost):
            await asyncio.wait_for(waiting, 5)


async def test_somebody_else_emptying_the_folder_while_idle_costs_at_most_the_connection():
    async with ScriptedImap() as server:
        mailbox = _mailbox(server)
        await mailbox.list_places()
        waiting = asyncio.ensure_future(mailbox.wait_for_news(60))
        await server.idling.wait()
        for _ in range(5000):
            server.announce("1 EXPUNGE")
        server.announce("3 EXISTS")

        try:
            assert await asyncio.wait_for(waiting, 10) is True
        except MailboxLost:
            assert await mailbox.list_places() == ()
        await mailbox.close()


async def test_giving_up_the_wait_leaves_no_half_spoken_connection():
    async with ScriptedImap(messages=_messages(1)) as server:
        mailbox = _mailbox(server)
        await mailbox.list_places()
        waiting = asyncio.ensure_future(mailbox.wait_for_news(60))
        await server.idling.wait()

        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not mailbox.is_connected
        assert await mailbox.list_places() == ("INBOX/7/1",)
        await mailbox.close()


async def test_filing_away_creates_the_folder_under_its_name_with_accents():
    async with ScriptedImap(messages=_messages(3)) as server:
        mailbox = _mailbox(server, filed="Trámites del año")
        await mailbox.list_places()

        moved = await mailbox.file_away([1, 3])
        await mailbox.close()

    assert moved == (1, 3)
    assert server.filed["Tr&AOE-mites del a&APE-o"] == [1, 3]
    assert list(server.messages) == [2]


async def test_filing_away_twice_is_no_error():
    async with ScriptedImap(messages=_messages(2)) as server:
        mailbox = _mailbox(server)
        await mailbox.list_places()

        first = await mailbox.file_away([1, 2])
        second = await mailbox.file_away([1, 2])
        await mailbox.close()

    assert first == (1, 2)
    assert second == ()


@pytest.mark.parametrize(
    "capabilities", ["IMAP4rev1 UIDPLUS IDLE", "IMAP4rev1"], ids=["without move", "with nothing"]
)
async def test_a_server_without_move_is_served_by_copy_and_expunge(capabilities):
    async with ScriptedImap(messages=_messages(3), capabilities=capabilities) as server:
        mailbox = _mailbox(server)
        await mailbox.list_places()

        await mailbox.file_away([1, 2])
        await mailbox.close()

    assert server.filed["Procesados"] == [1, 2]
    assert list(server.messages) == [3]


async def test_ok_without_having_moved_is_not_believed():
    async with ScriptedImap(messages=_messages(2), faults={"UID MOVE": "lie"}) as server:
        mailbox = _mailbox(server)
        server.filed["Procesados"] = []
        await mailbox.list_places()

        with pytest.raises(MailboxRefused):
            await mailbox.file_away([1])
        await mailbox.close()


async def test_uids_of_a_folder_numbered_anew_move_nothing():
    async with ScriptedImap(messages=_messages(3)) as server:
        mailbox = _mailbox(server)
        await mailbox.list_places()
        server.uidvalidity = 8
        server.kill()
        with pytest.raises(MailboxLost):
            await mailbox.wait_for_news(30)

        with pytest.raises(MailboxLost, match="numbered anew"):
            await mailbox.file_away([1, 2])
        places = await mailbox.list_places()
        await mailbox.close()

    assert len(server.messages) == 3
    assert places[0] == "INBOX/8/1"


async def test_a_message_that_vanished_meanwhile_is_left_out():
    async with ScriptedImap(messages=_messages(3)) as server:
        mailbox = _mailbox(server)
        places = await mailbox.list_places()
        del server.messages[2]

        mails = [mail.uid async for batch in mailbox.fetch_batches(places) for mail in batch]
        await mailbox.close()

    assert mails == [1, 3]


async def test_a_server_without_idle_is_waited_out():
    async with ScriptedImap(capabilities="IMAP4rev1 UIDPLUS MOVE") as server:
        mailbox = _mailbox(server)
        await mailbox.list_places()

        assert await mailbox.wait_for_news(0.05) is False
        await mailbox.close()


async def test_errors_of_the_library_never_leave_the_folder():
    async with ScriptedImap(messages=_messages(1), faults={"UID SEARCH": "refuse"}) as server:
        mailbox = _mailbox(server)

        with pytest.raises(MailboxError):
            await mailbox.list_places()
        await mailbox.close()


async def test_one_message_that_the_server_cannot_give_stops_no_other():
    async with ScriptedImap(messages=_messages(4), faults={"BODY": "refuse 2"}) as server:
        mailbox = _mailbox(server)

        mails = [mail.uid async for batch in mailbox.fetch_batches() for mail in batch]
        await mailbox.close()

    assert mails == [1, 3, 4]
