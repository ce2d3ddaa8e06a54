"""Volunteers are told of the delivery, reminded, corrected and left alone (A37, M-25, ledger 6.6 and 7.5)."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select, update

from actions import remind_volunteers
from actions.remind_volunteers import correct_notices
from actions.review_circular import review_circulars
from bot import texts
from mail.wording import GENDER_MARKS, LEGEND
from service.clock import LeapingClock
from service.demo.bot_api import BotApi
from service.settings import read_settings
from service.wiring import writing
from storage import agenda, payees
from storage.outbox import LetterRow, LetterState
from storage.payees import PayeeRow, Told
from storage.payout_cases import PayoutCaseRow, PayoutReason, PayoutState
from storage.people import ChannelState
from storage.periods import PeriodRow
from storage.provider import ProviderOfficeRow, RequisiteRow
from tests.acceptance.conftest import Offices
from tests.acceptance.volunteer_scene import Delivery, instant, told
from tests.people import PAC012, PERIOD, volunteers_of

MARIA, ANTONIA, JUAN, ROSA, CATARINA = volunteers_of(PAC012.unit)
PUEBLA = volunteers_of("OOAD21-R01-PAC001")[0]


@pytest.fixture
async def desk(offices: Offices, tmp_path: Path) -> AsyncIterator[Delivery]:
    folder = tmp_path / "datos"
    clock = LeapingClock(offices.copy("announced", folder))
    with writing(read_settings(folder), clock) as writer:
        async with BotApi(clock) as api:
            found = Delivery(writer, api, clock)
            await found.start()
            yield found
            await found.stop()


def move(desk: Delivery, *, t0: str, t1: str) -> None:
    """Let the calendar change."""
    desk.writer.act(
        lambda one: one.session.exec(
            update(PeriodRow)
            .where(col(PeriodRow.code) == PERIOD)
            .values(t0=date.fromisoformat(t0), t1=date.fromisoformat(t1))
        )
    )


def change(desk: Delivery, who, **values) -> None:
    """Change what the books know of a payee."""
    number = desk.payee(who).row.id
    desk.writer.act(
        lambda one: one.session.exec(update(PayeeRow).where(col(PayeeRow.id) == number).values(**values))
    )


# ------------------------------------------------------------------ the four rounds


async def test_c_40_the_first_notice_says_when_where_what_to_bring_and_what_it_is_for(desk):
    phone = await desk.phone_of(MARIA)

    await desk.go_to(instant("2027-02-24", "08:59"))
    before = told(phone)
    await desk.go_to(instant("2027-02-24", "09:00"))
    (first,) = told(phone)

    assert before == []
    assert "del lunes 1 de marzo de 2027 al viernes 12 de marzo de 2027" in first
    assert "Sucursal Ocosingo, Calle Central 8, frente al parque, horario lunes a viernes" in first
    assert "Identificación oficial vigente" in first
    assert "para cubrir el traslado a su unidad médica; no crea un vínculo laboral" in first
    assert LEGEND in first
    assert MARIA.name not in first
    assert "$" not in first
    assert GENDER_MARKS.search(first) is None
    assert desk.payee(MARIA).row.told is Told.CHAT
    assert [button.text for row in phone.messages()[-1].buttons for button in row] == [
        "De acuerdo",
        "¿Dónde queda?",
        "Tengo un problema",
    ]


async def test_the_four_notices_of_the_ledger_s_table_and_no_other(desk):
    phone = await desk.phone_of(MARIA)
    told(phone)

    seen = []
    for day in ("02-24", "02-25", "02-26", "03-01", "03-02", "03-09", "03-10", "03-12", "03-15"):
        await desk.go_to(instant(f"2027-{day}", "19:00"))
        seen.extend((day, text[:40]) for text in told(phone))

    assert seen == [
        ("02-24", "Estimada persona voluntaria: su apoyo ec"),
        ("03-01", "Recordatorio: quedan 11 días para recoge"),
        ("03-09", "Recordatorio: quedan 3 días para recoger"),
        ("03-12", "Recordatorio: hoy es el último día para "),
    ]
    assert desk.notices(MARIA) == ["RV-1", "RV-2", "RV-3", "RV-4"]


async def test_who_is_not_linked_is_written_to_by_nobody_and_stays_with_the_pac(desk):
    await desk.phone_of(MARIA)

    await desk.go_to(instant("2027-03-12", "19:00"))

    assert {row.payee_id for row in desk.all_notices()} == {desk.payee(MARIA).row.id}
    assert desk.payee(ROSA).row.told is Told.NOT_YET


async def test_ac_41_reminder_three_and_none_for_who_said_to_have_collected(desk):
    phone, other = await desk.phone_of(MARIA), await desk.phone_of(ANTONIA)
    await desk.go_to(instant("2027-03-02"))
    assert (await desk.press(phone, "Ya cobré")).startswith("Gracias. Le avisaremos a su Promotor.")
    told(other)

    await desk.go_to(instant("2027-03-09", "09:00"))

    assert told(phone) == []
    assert [text[:30] for text in told(other)] == ["Recordatorio: quedan 3 días pa"]


async def test_ac_41_nothing_at_ten_in_the_night_it_waits_for_the_morning(desk):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-03-09", "08:00"))
    told(phone)

    # The service stood still all day; it wakes at ten in the night.
    desk.clock.leap_to(instant("2027-03-09", "22:00"))
    desk.fire()
    await desk.settle()
    at_night = told(phone)
    await desk.go_to(instant("2027-03-10", "08:59"))
    before_nine = told(phone)
    await desk.go_to(instant("2027-03-10", "09:01"))

    assert at_night == []
    assert before_nine == []
    assert [text[:30] for text in told(phone)] == ["Recordatorio: quedan 2 días pa"]


async def test_ac_73_a_service_that_stood_still_for_days_sends_only_the_newest_reminder(desk):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-02-24"))
    told(phone)

    desk.clock.leap_to(instant("2027-03-12", "11:00"))
    desk.fire()
    await desk.settle()

    assert [text[:34] for text in told(phone)] == ["Recordatorio: hoy es el último día"]
    assert desk.count("round_passed") > 0


async def test_nine_in_the_morning_is_that_of_the_own_state(desk):
    def to_tijuana(one):
        case = one.session.merge(desk.case())
        case.facts = {**case.facts, "OOAD21": {**case.facts["OOAD21"], "timezone": "America/Tijuana"}}
        one.session.add(case)
        for region in ("OOAD21-R01", "OOAD21-R02"):
            remind_volunteers.plan_rounds(one, case, region)

    desk.writer.act(to_tijuana)
    here, there = await desk.phone_of(MARIA), await desk.phone_of(PUEBLA)
    await desk.go_to(instant("2027-02-24", "10:59"))

    assert len(told(here)) == 1
    assert told(there) == []
    await desk.go_to(instant("2027-02-24", "11:00"))
    assert len(told(there)) == 1


async def test_a_first_notice_that_telegram_never_took_is_tried_on_another_morning(desk):
    phone = await desk.phone_of(MARIA)
    told(phone)
    await desk.stop()
    desk.clock.leap_to(instant("2027-02-24", "09:00"))
    desk.fire()
    desk.clock.leap_to(instant("2027-02-24", "21:00"))
    await desk.start()
    await desk.settle()
    at_night = told(phone)
    not_told = desk.payee(MARIA).row.told

    await desk.go_to(instant("2027-02-25", "09:00"))

    assert at_night == []
    assert not_told is Told.NOT_YET
    assert [text[:27] for text in told(phone)] == ["Estimada persona voluntaria"]
    assert desk.notices(MARIA) == ["RV-1", "RV-1"]


async def test_whoever_blocked_the_desk_goes_back_to_the_pac(desk):
    phone = await desk.phone_of(MARIA)
    phone.block()
    await desk.settle()

    await desk.go_to(instant("2027-02-25"))

    assert desk.payee(MARIA).row.told is Told.NOT_YET
    assert desk.chat(phone).state is ChannelState.BOUNCING


async def test_the_first_message_is_always_the_whole_notice_however_late_somebody_is_linked(desk):
    await desk.go_to(instant("2027-03-02"))
    phone = await desk.phone_of(MARIA)
    told(phone)

    await desk.go_to(instant("2027-03-09", "09:00"))

    (first,) = told(phone)
    assert LEGEND in first


async def test_the_pac_hears_once_how_many_are_left_to_tell(desk):
    pac = await desk.linked(PAC012)
    await desk.phone_of(MARIA)
    told(pac)

    await desk.go_to(instant("2027-02-24", "09:00"))
    heard = told(pac)
    await desk.go_to(instant("2027-02-26", "19:00"))

    (text,) = [one for one in heard if one.startswith("Entrega de")]
    assert text.startswith(
        "Entrega de enero-febrero 2027: el aviso por Telegram va a 1 persona de su ámbito;"
    )
    assert "queda por avisar a 4 personas.\n\nEscriba /notificar para verlas." in text
    assert not [text for text in told(pac) if text.startswith("Entrega de")]


# ------------------------------------------------------------------ who is left alone


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"collected_on": date(2027, 3, 2)}, id="paid-by-the-provider-s-report"),
        pytest.param({"in_list": False}, id="not-in-the-list-in-force"),
    ],
)
async def test_who_was_paid_or_is_not_in_the_list_is_left_alone(desk, values):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-03-02"))
    told(phone)

    change(desk, MARIA, **values)
    await desk.go_to(instant("2027-03-15"))

    assert told(phone) == []


async def test_who_wants_no_reminders_gets_none_and_may_want_them_again(desk):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-03-02"))
    answer = await desk.press(phone, "No recordarme")
    await desk.go_to(instant("2027-03-10"))
    silence = told(phone)

    again = await desk.say(phone, "/recordar")
    await desk.go_to(instant("2027-03-12"))

    assert answer.startswith("Ya no recibirá recordatorios de este periodo.")
    assert silence == []
    assert again == texts.text("unmuted")
    assert len(told(phone)) == 1
    assert await desk.say(phone, "/recordar") == texts.text("not_muted")


async def test_whose_case_is_open_hears_that_it_is_attended(desk):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-03-02"))
    told(phone)
    payee = desk.payee(MARIA).row

    def open_case(one):
        one.session.add(
            PayoutCaseRow(
                folio="P-2027-B1-0001",
                case_id=payee.case_id,
                payee_id=payee.id,
                pac=payee.pac,
                reason=PayoutReason.OTHER_NAME,
                detail="",
                detected_on=one.today,
                state=PayoutState.SAC_NOTIFIED,
                channel="chat",
                created_at=one.now,
            )
        )

    desk.writer.act(open_case)
    await desk.go_to(instant("2027-03-12", "12:00"))

    assert told(phone) == ["Su caso sigue en atención."] * 2


async def test_ya_cobre_before_the_delivery_can_be_undone_and_proves_nothing(desk):
    phone = await desk.phone_of(MARIA)
    pac = await desk.linked(PAC012)
    await desk.go_to(instant("2027-03-01"))
    told(pac)
    thanks = await desk.press(phone, "Ya cobré")
    said = desk.payee(MARIA).row

    undone = await desk.press(phone, "Deshacer")
    await desk.go_to(instant("2027-03-02"))
    told(phone)

    assert thanks == "Gracias. Le avisaremos a su Promotor."
    assert said.said_collected_at is not None
    assert said.collected_on is None
    assert undone == texts.text("collected_undone")
    assert desk.payee(MARIA).row.said_collected_at is None
    assert not [text for text in told(pac) if "ya cobraron" in text]


async def test_the_pac_hears_once_a_day_how_many_say_to_have_collected(desk):
    phones = [await desk.phone_of(who) for who in (MARIA, ANTONIA)]
    pac = await desk.linked(PAC012)
    await desk.go_to(instant("2027-03-01"))
    told(pac)
    for phone in phones:
        await desk.press(phone, "Ya cobré")
    at_once = told(pac)

    await desk.go_to(instant("2027-03-01", "19:00"))

    assert at_once == []
    (heard,) = [text for text in told(pac) if "ya cobraron" in text]
    assert heard.startswith("2 personas de 5 de su ámbito dicen que ya cobraron")
    assert MARIA.name not in heard


async def test_c_42_ya_cobre_before_the_first_day(desk):
    phone = await desk.phone_of(MARIA)
    move(desk, t0="2027-03-06", t1="2027-03-20")
    desk.writer.act(lambda one: correct_notices(one, one.session.merge(desk.case())))

    # The first day is a Saturday: its reminder leaves on Friday.
    await desk.go_to(instant("2027-03-05", "09:00"))

    assert "Recordatorio: su apoyo podrá recogerse del sábado 6 de marzo" in told(phone)[-1]
    assert await desk.press(phone, "Ya cobré") == "La entrega empieza el sábado 6 de marzo de 2027."


# ------------------------------------------------------------------ corrections


async def test_when_the_dates_change_who_was_told_hears_it_the_same_day(desk):
    phone, other = await desk.phone_of(MARIA), await desk.phone_of(ANTONIA)
    await desk.go_to(instant("2027-02-24", "12:00"))
    told(phone)
    change(desk, ANTONIA, said_collected_at=desk.clock.now())
    told(other)

    move(desk, t0="2027-03-03", t1="2027-03-16")
    desk.writer.act(lambda one: correct_notices(one, one.session.merge(desk.case())))
    await desk.go_to(instant("2027-02-24", "12:01"))

    (text,) = told(phone)
    assert text.startswith(
        "Cambió la fecha: su apoyo podrá recogerse del miércoles 3 de marzo de 2027 al martes 16"
    )
    assert "Este aviso sustituye al anterior." in text
    assert told(other) == []
    await desk.go_to(instant("2027-03-17"))
    assert [one[:40] for one in told(phone)] == [
        "Recordatorio: quedan 13 días para recoge",
        "Recordatorio: quedan 4 días para recoger",
        "Recordatorio: hoy es el último día para ",
    ]


async def test_a_later_end_is_a_correction_and_no_first_notice_again(desk):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-02-26", "10:00"))
    told(phone)

    move(desk, t0="2027-03-01", t1="2027-03-16")
    desk.writer.act(lambda one: correct_notices(one, one.session.merge(desk.case())))
    await desk.go_to(instant("2027-02-26", "19:00"))

    (text,) = told(phone)
    assert text.startswith(
        "Cambió la fecha: su apoyo podrá recogerse del lunes 1 de marzo de 2027 al martes 16"
    )


async def test_a_correction_at_night_waits_for_the_morning_and_is_sent_once(desk):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-02-24", "12:00"))
    await desk.go_to(instant("2027-02-24", "21:00"))
    told(phone)

    move(desk, t0="2027-03-03", t1="2027-03-16")
    for _ in range(2):
        desk.writer.act(lambda one: correct_notices(one, one.session.merge(desk.case())))
    await desk.go_to(instant("2027-02-24", "23:00"))
    at_night = told(phone)
    await desk.go_to(instant("2027-02-26"))

    assert at_night == []
    assert len(told(phone)) == 1


async def test_notices_that_still_wait_with_the_old_dates_do_not_leave(desk):
    phone = await desk.phone_of(MARIA)
    told(phone)
    await desk.stop()
    desk.clock.leap_to(instant("2027-02-24", "09:00"))
    desk.fire()

    move(desk, t0="2027-03-03", t1="2027-03-16")
    desk.writer.act(lambda one: correct_notices(one, one.session.merge(desk.case())))
    await desk.start()
    await desk.settle()
    await desk.go_to(instant("2027-02-26", "19:00"))

    (text,) = told(phone)
    assert text.startswith("Estimada persona voluntaria")
    assert "miércoles 3 de marzo" in text


async def test_a_correction_that_is_none_stops_no_reminder(desk):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-03-08"))
    told(phone)
    await desk.stop()
    desk.clock.leap_to(instant("2027-03-09", "09:00"))
    desk.fire()

    desk.writer.act(lambda one: correct_notices(one, one.session.merge(desk.case())))
    await desk.start()
    await desk.go_to(instant("2027-03-09", "10:00"))

    assert [text[:30] for text in told(phone)] == ["Recordatorio: quedan 3 días pa"]


async def test_the_calendar_that_changes_reaches_who_was_told_the_same_day(desk):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-02-24", "12:00"))
    told(phone)

    move(desk, t0="2027-03-03", t1="2027-03-16")
    desk.writer.act(review_circulars)
    await desk.go_to(instant("2027-02-24", "12:01"))

    assert [text[:15] for text in told(phone)] == ["Cambió la fecha"]


async def test_an_office_that_moved_and_what_to_bring_are_told_the_same_day_to_who_goes_there(desk):
    phone, far = await desk.phone_of(MARIA), await desk.phone_of(PUEBLA)
    await desk.go_to(instant("2027-02-24", "12:00"))
    told(phone)
    told(far)

    def move_office(one) -> None:
        one.session.exec(
            update(ProviderOfficeRow)
            .where(col(ProviderOfficeRow.clave) == desk.payee(MARIA).row.office)
            .values(address="Avenida Central 14")
        )

    desk.writer.act(move_office)
    desk.writer.act(review_circulars)
    await desk.go_to(instant("2027-02-24", "12:01"))
    desk.writer.act(lambda one: one.session.add(RequisiteRow(position=9, text="Dos copias de su CURP")))
    desk.writer.act(review_circulars)
    await desk.go_to(instant("2027-02-24", "12:02"))

    moved, asked = told(phone)
    assert moved.startswith("Cambió el domicilio o el horario de la oficina: su apoyo podrá recogerse")
    assert "Avenida Central 14" in moved
    assert asked.startswith("Cambió lo que debe llevar: su apoyo podrá recogerse")
    assert "dos copias de su CURP" in asked
    assert [text[:25] for text in told(far)] == ["Cambió lo que debe llevar"]


async def test_who_was_told_by_the_pac_has_to_be_told_again_and_the_pac_hears_it(desk):
    pac = await desk.linked(PAC012)
    await desk.go_to(instant("2027-02-24", "12:00"))
    desk.permit()
    await desk.say(pac, "/notificar")
    await desk.press(pac, "Avisada en persona")

    move(desk, t0="2027-03-03", t1="2027-03-16")
    desk.writer.act(lambda one: correct_notices(one, one.session.merge(desk.case())))
    await desk.go_to(instant("2027-02-24", "12:01"))

    assert (
        "Cambió la fecha de la entrega de enero-febrero 2027. 1 persona que usted ya había avisado"
        in "\n".join(told(pac))
    )
    assert "Faltan 5 personas por avisar" in await desk.say(pac, "/notificar")


async def test_who_a_newer_list_leaves_out_hears_that_the_notice_does_not_hold(desk):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-02-24", "12:00"))
    told(phone)

    change(desk, MARIA, in_list=False)
    for _ in range(2):
        desk.writer.act(lambda one: correct_notices(one, one.session.merge(desk.case())))
        await desk.go_to(desk.clock.now() + timedelta(minutes=1))

    (text,) = told(phone)
    assert "queda sin efectos" in text
    assert await desk.say(phone, "/mi_apoyo") == texts.text("support_none")


# ------------------------------------------------------------------ once, whatever happens


async def test_a_round_in_pieces_writes_to_everybody_once(desk, monkeypatch):
    monkeypatch.setattr("actions.fire_deadlines.PIECE", 2)
    people = [*volunteers_of(PAC012.unit), *volunteers_of("OOAD07-R03-PAC015")]
    phones = [await desk.phone_of(who) for who in people]
    for phone in phones:
        told(phone)

    desk.clock.leap_to(instant("2027-02-24", "09:00"))
    pieces = desk.fire()
    await desk.settle()

    assert pieces >= len(people) / 2
    assert [len(told(phone)) for phone in phones] == [1] * len(people)


class Killed(Exception):
    """The desk dies here."""


@pytest.mark.parametrize("after", range(4))
async def test_a_desk_killed_within_a_round_tells_everybody_once(desk, monkeypatch, after):
    people = volunteers_of(PAC012.unit)
    phones = [await desk.phone_of(who) for who in people]
    for phone in phones:
        told(phone)
    monkeypatch.setattr("actions.fire_deadlines.PIECE", 2)
    places = ("chats.put_buttons", "outbox.enqueue", "reminders.add_notices", "journal.append_many")
    module, _, name = places[after].partition(".")
    owner = getattr(remind_volunteers, module)
    whole = getattr(owner, name)
    times = iter(range(100))

    def dies(*arguments, **options):
        if next(times) == 1:
            raise Killed
        return whole(*arguments, **options)

    desk.clock.leap_to(instant("2027-02-24", "09:00"))
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, dies)
        with pytest.raises(Killed):
            desk.fire()
    desk.fire()
    await desk.settle()

    assert [len(told(phone)) for phone in phones] == [1] * len(people)
    assert all(desk.notices(who) == ["RV-1"] for who in people)


async def test_notices_that_say_the_same_share_one_original_and_each_has_its_own_buttons(desk):
    phones = [await desk.phone_of(who) for who in volunteers_of(PAC012.unit)]
    await desk.go_to(instant("2027-02-24", "09:00"))

    with desk.writer.store.reading() as session:
        letters = session.exec(select(LetterRow).where(col(LetterRow.template) == "RV-1")).all()
    tokens = {phone.messages()[-1].button("De acuerdo").data for phone in phones}

    assert len(letters) == 5
    assert len({letter.blob_sha256 for letter in letters}) == 1
    assert len(tokens) == 5
    assert await desk.press(phones[0], "De acuerdo") == texts.text("notice_acknowledged")


async def test_a_notice_counts_only_once_it_left(desk):
    await desk.phone_of(MARIA)
    await desk.stop()
    desk.clock.leap_to(instant("2027-02-24", "09:00"))
    desk.fire()

    assert desk.notices(MARIA) == ["RV-1"]
    assert desk.payee(MARIA).row.told is Told.NOT_YET


async def test_the_rounds_ask_only_for_what_is_due(desk):
    with desk.writer.store.reading() as session:
        waiting = agenda.waiting(session, desk.case().id)

    rounds = [row for row in waiting if remind_volunteers.is_round_of_volunteers(row)]
    regions = desk.case().tree["region"]
    assert len(rounds) == 4 * len(regions)
    assert all(row.due_at >= desk.clock.now() for row in rounds)


async def test_letters_of_a_round_end_in_the_evening(desk):
    await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-02-24", "09:00"))

    with desk.writer.store.reading() as session:
        letters = session.exec(select(LetterRow).where(col(LetterRow.template) == "RV-1")).all()

    assert [(letter.state, letter.not_after) for letter in letters] == [
        (LetterState.SENT, instant("2027-02-24", "20:00"))
    ]


async def test_ac_42_who_is_not_in_the_list_gets_no_notice(desk):
    change(desk, ROSA, in_list=False)
    phone = await desk.phone_of(ROSA)
    told(phone)

    await desk.go_to(instant("2027-03-12", "19:00"))

    assert told(phone) == []
    with desk.writer.store.reading() as session:
        assert payees.payee_of_volunteer(session, desk.case().id, desk.volunteer(ROSA).id) is None
