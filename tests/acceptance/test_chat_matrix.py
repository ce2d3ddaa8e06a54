"""Who sees what in the chat (ledger 6.7, 6.8): every command and every button, by everybody, and by whom they are not for."""

import re
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from actions.permit_channel import permit_channel
from bot import texts
from bot.access import NATION
from bot.conversation import ALWAYS, HANDLERS
from procedures.organisation import Organisation, Post, may_see
from service.clock import LeapingClock
from service.demo.bot_api import BotApi
from service.demo.cast import ZONE
from service.demo.phone import Phone
from service.settings import read_settings
from service.wiring import writing
from storage import chats, organisation, people
from storage.cases import StepRow
from storage.chats import ButtonRow
from storage.outbox import LetterRow
from storage.payout_cases import PayoutCaseRow
from storage.progress import ProgressRow
from tests.acceptance.chat_scene import Desk
from tests.acceptance.conftest import Offices
from tests.people import (
    ADMIN,
    CACYPCS,
    CFI,
    CPEEYPB,
    EGAS_CHIAPAS,
    EMS_PUEBLA_R01,
    EMS_R03,
    JSPM_CHIAPAS,
    JSPM_PUEBLA,
    PAC012,
    PAC015,
    SAC_R01,
    SAC_R03,
    UPIB,
    VOLUNTEERS,
    Member,
)

EVERYBODY = (
    PAC012,
    PAC015,
    SAC_R01,
    SAC_R03,
    EMS_R03,
    EMS_PUEBLA_R01,
    EGAS_CHIAPAS,
    JSPM_CHIAPAS,
    JSPM_PUEBLA,
    CACYPCS,
    CPEEYPB,
    CFI,
    UPIB,
    ADMIN,
)
COMMANDS = sorted(HANDLERS.keys() - ALWAYS - {"desvincular"})
SECRETS = re.compile(
    r"\b[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d\b|\b\d{18}\b|[\w.+-]+@(?!imss-bienestar\.example)\S+"
)
"""CURP, CLABE, and addresses of people: of no use to anybody by chat (C4, C5)."""


@pytest.fixture
async def desk(offices: Offices, tmp_path: Path) -> AsyncIterator[Desk]:
    """The office while the supports are handed over, personal data permitted: nothing is hidden but by the matrix."""
    offices.copy("announced", tmp_path / "datos")
    clock = LeapingClock(datetime(2027, 3, 2, 10, tzinfo=ZONE))
    with writing(read_settings(tmp_path / "datos"), clock) as writer:
        writer.act(
            permit_channel,
            "telegram",
            "C3",
            as_person=CACYPCS.key,
            document=b"oficio",
            document_name="oficio.pdf",
        )
        async with BotApi(clock) as api:
            found = Desk(writer, api, clock)
            await found.start()
            yield found
            await found.stop()


def tie(desk: Desk, members: Iterable[Member]) -> dict[Member, Phone]:
    """Give people accounts that are tied already."""
    found = {}
    with desk.writer.store.transaction() as session:
        for member in members:
            phone = found[member] = desk.api.phone(member.name)
            phone.person.started = True
            person = people.find_person_by_email(session, member.email)
            chats.link_person(session, chats.open_chat(session, phone.id), person.id, desk.clock.now())
    return found


async def every_answer(desk: Desk, phone: Phone) -> dict[str, str]:
    """Let somebody say every command there is, one after the other; return what was answered."""
    found = {}
    for command in COMMANDS:
        found[command] = await desk.say(phone, f"/{command}")
        await desk.say(phone, "/cancelar")
        # Nobody is in a hurry: the pace of twenty a minute is another test's.
        with desk.writer.store.transaction() as session:
            chat = chats.open_chat(session, phone.id)
            chat.paced = 0
            session.add(chat)
    return found


def foreign_words(desk: Desk, member: Member) -> set[str]:
    """Return the names of units and people that a post has no business with."""
    with desk.writer.store.reading() as session:
        units = organisation.units(session)
        tree = Organisation({unit.code: unit.parent or "" for unit in units})
    post = Post(member.role, member.unit)

    def is_foreign(unit: str) -> bool:
        above = tree.contains(unit, member.unit)
        return not above and not may_see(tree, post, unit)

    ambitos = {
        f"{unit.code.rsplit('-', 1)[-1]} {unit.name}"
        for unit in units
        if unit.code.count("-") == 2 and is_foreign(unit.code)
    }
    places = {unit.name for unit in units if unit.code.count("-") == 0 and is_foreign(unit.code)}
    names = {one.name for one in VOLUNTEERS if is_foreign(one.unit) or member.role not in {"PAC", "SAC"}}
    return ambitos | names | (places if member.unit != NATION else set())


@pytest.mark.parametrize("member", EVERYBODY, ids=lambda member: f"{member.role} {member.unit}")
async def test_each_command_answers_whom_it_is_for_and_only_with_what_is_theirs(desk, member):
    phone = tie(desk, [member])[member]

    answers = await every_answer(desk, phone)

    for command, answer in answers.items():
        allowed = texts.may_use(command, {"STAFF", member.role})
        assert answer.startswith("No entendí. Elija una opción:") is not allowed, command
        assert not SECRETS.search(answer), command
    said = "\n".join(answers.values())
    assert {word for word in foreign_words(desk, member) if word in said} == set()


@pytest.mark.parametrize("command", COMMANDS)
async def test_who_is_not_tied_hears_one_sentence_whatever_the_command(desk, command):
    assert await desk.say(desk.api.phone("Nadie"), f"/{command}") == texts.text("unknown_person")


def standing(desk: Desk) -> dict[str, object]:
    """Return what acts would change."""
    with desk.writer.store.reading() as session:
        return {
            table.__tablename__: session.exec(select(func.count()).select_from(table)).one()
            for table in (StepRow, PayoutCaseRow, ProgressRow)
        } | {
            "mails": session.exec(
                select(func.count()).select_from(LetterRow).where(col(LetterRow.channel) == "mail")
            ).one()
        }


async def offered(desk: Desk, phones: dict[Member, Phone]) -> dict[Member, list[ButtonRow]]:
    """Let everybody say everything, and return the buttons that each was offered."""
    for phone in phones.values():
        await every_answer(desk, phone)
    with desk.writer.store.reading() as session:
        return {
            member: list(session.exec(select(ButtonRow).where(col(ButtonRow.chat_id) == phone.id)))
            for member, phone in phones.items()
        }


async def press(desk: Desk, phone: Phone, token: str) -> list[str]:
    """Press a button by its token, wherever it stands; return what the desk said."""
    phone.unread()
    message = {"message_id": 1, "chat": {"id": phone.id, "type": "private"}, "date": 1}
    desk.api.chats.ask(phone.person, message, token)
    await desk.settle()
    return [message.text for message in phone.unread()]


async def test_a_button_of_somebody_else_does_nothing_whoever_presses_it(desk):
    phones = tie(desk, (PAC012, SAC_R03, JSPM_CHIAPAS, CACYPCS))
    thief = tie(desk, [PAC015])[PAC015]
    buttons = await offered(desk, phones)
    before = standing(desk)

    said = [await press(desk, thief, button.token) for some in buttons.values() for button in some[:12]]

    assert len(said) > 12
    assert said == [[]] * len(said)
    assert set(thief.toasts) == {texts.text("stale_button")}
    assert standing(desk) == before


@pytest.mark.parametrize(
    "thief", [PAC015, SAC_R01, EMS_PUEBLA_R01, JSPM_PUEBLA], ids=lambda member: f"{member.role} {member.unit}"
)
async def test_what_a_button_did_for_its_owner_it_does_not_do_for_another_post(desk, thief):
    """Whoever moved to another post keeps the buttons of the old one: what they do is asked of the post held now."""
    owners = tie(desk, (PAC012, SAC_R03, JSPM_CHIAPAS, CACYPCS))
    phone = tie(desk, [thief])[thief]
    buttons = [button for some in (await offered(desk, owners)).values() for button in some]
    own_words = foreign_words(desk, thief)
    assert own_words
    before = standing(desk)
    tried = set()

    for number, button in enumerate(buttons):
        if (button.act, button.value) in tried or not button.value:
            continue
        tried.add((button.act, button.value))
        with desk.writer.store.transaction() as session:
            token = chats.offer_button(
                session,
                chat_id=phone.id,
                sheet=f"stolen|{number}",
                act=button.act,
                value=button.value,
                expires_at=desk.clock.now() + timedelta(hours=1),
            )
        said = "\n".join(await press(desk, phone, token))
        leaked = {word for word in own_words if word in said}
        assert not leaked, (button.act, button.value, said)
        assert not SECRETS.search(said)
        await desk.say(phone, "/cancelar")
        with desk.writer.store.transaction() as session:
            chat = chats.open_chat(session, phone.id)
            chat.paced = 0
            session.add(chat)

    assert len({act for act, _value in tried}) >= 6
    assert standing(desk) == before


async def test_who_left_the_post_has_no_button_left(desk):
    phones = tie(desk, (SAC_R03, JSPM_CHIAPAS, PAC012))
    buttons = await offered(desk, phones)
    before = standing(desk)
    with desk.writer.store.transaction() as session:
        for member in phones:
            for _post, holding in people.posts_of(session, desk.person_id(member), desk.clock.now().date()):
                holding.to_on = desk.clock.now().date() - timedelta(days=1)
                session.add(holding)

    said = [
        await press(desk, phones[member], button.token)
        for member, some in buttons.items()
        for button in some[:8]
    ]

    assert len(said) > 8
    assert said == [[]] * len(said)
    assert standing(desk) == before
