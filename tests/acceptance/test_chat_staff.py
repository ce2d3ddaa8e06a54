"""The staff's chat: errands about letters, lists, boards and decisions, over HTTP (ledger 6.3 to 6.5)."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from actions.attest_step import attest_step
from actions.fire_deadlines import fire_deadlines
from actions.open_period import open_period
from actions.read_case import read_situation
from actions.send_letter import send_to_person
from bot import texts
from service.clock import LeapingClock
from service.demo.bot_api import BotApi
from service.demo.cast import ZONE
from service.settings import read_settings
from service.wiring import writing
from storage import cases, lists, progress
from storage.cases import StepRow
from storage.duplicates import DuplicateRow
from storage.lists import ListLevel, ListState
from storage.outbox import LetterRow
from storage.progress import ProgressRow, ProgressSource
from tests.acceptance.chat_scene import Desk
from tests.acceptance.conftest import Offices
from tests.acceptance.delivery_scene import attest_all
from tests.people import (
    CACYPCS,
    CFI,
    EGAS_CHIAPAS,
    EMS_PUEBLA_R01,
    JSPM_CHIAPAS,
    JSPM_PUEBLA,
    PAC012,
    PAC015,
    PERIOD,
    SAC_R01,
    SAC_R03,
    VOLUNTEERS,
)

In = Callable[[str], AbstractAsyncContextManager[Desk]]
REGION = "OOAD07-R03"


@pytest.fixture
def desk_in(offices: Offices, tmp_path: Path) -> In:
    """Return what opens the chat of an office in one of the prepared states."""

    @asynccontextmanager
    async def open_desk(state: str) -> AsyncIterator[Desk]:
        clock = LeapingClock(offices.copy(state, tmp_path / "datos"))
        with writing(read_settings(tmp_path / "datos"), clock) as writer:
            async with BotApi(clock) as api:
                found = Desk(writer, api, clock)
                await found.start()
                yield found
                await found.stop()

    return open_desk


@pytest.fixture
async def asked(desk_in: In) -> AsyncIterator[Desk]:
    async with desk_in("asked") as desk:
        yield desk


@pytest.fixture
async def set_up(desk_in: In) -> AsyncIterator[Desk]:
    async with desk_in("set-up") as desk:
        yield desk


async def press(desk, phone, label, **where):
    """Press a button and return what the desk answered."""
    phone.unread()
    phone.press(label, **where)
    await desk.settle()
    return "\n".join(message.text for message in phone.unread())


def done(desk, step, unit=""):
    def look(at):
        case = cases.find_case(at.session, f"0780-003-002/{PERIOD}")
        return read_situation(at, case).is_done(step, unit)

    return desk.writer.act(look)


def record_of(desk, step, unit) -> StepRow:
    with desk.writer.store.reading() as session:
        return session.exec(
            select(StepRow)
            .where(col(StepRow.step) == step, col(StepRow.unit) == unit)
            .order_by(col(StepRow.id).desc())
        ).first()


def letters(desk, template, member):
    with desk.writer.store.reading() as session:
        return list(
            session.exec(
                select(LetterRow).where(
                    col(LetterRow.template) == template,
                    col(LetterRow.address) == member.email,
                    col(LetterRow.channel) == "mail",
                )
            )
        )


def case_id(desk):
    with desk.writer.store.reading() as session:
        return cases.find_case(session, f"0780-003-002/{PERIOD}").id


def store_list(desk, unit, *, vrs=3, pvr=2, total="4600.00", rejected=0):
    """Store a list as it stands once the desk has read it, without its PAC's sentence."""
    with desk.writer.store.transaction() as session:
        version = lists.add_version(
            session,
            case_id=cases.find_case(session, f"0780-003-002/{PERIOD}").id,
            level=ListLevel.LVP,
            unit=unit,
            state=ListState.PARTIAL if rejected else ListState.ACCEPTED,
            digest="d" * 64,
            rows=vrs + pvr,
            vrs=vrs,
            pvr=pvr,
            total_centavos=int(float(total) * 100),
            rejected=rejected,
            made_at=desk.clock.now(),
        )
        return version.version


# ------------------------------------------------------------------ copies are passed on (C-27), letters acknowledged (C-11)


async def opened(desk):
    """Open the period and let the circular leave, in the morning of an ordinary day."""
    desk.clock.leap_to(datetime(2027, 1, 5, 10, tzinfo=ZONE))
    desk.writer.act(open_period, PERIOD)
    attest_all(desk.writer, {"A01"})
    await desk.settle()


async def test_c_27_a_circular_is_passed_on_down_to_the_pac_by_chat(set_up):
    egas, sac, pac = [await set_up.linked(who) for who in (EGAS_CHIAPAS, SAC_R03, PAC012)]
    await opened(set_up)

    asked = egas.unread()[-1].text
    first = await press(set_up, egas, "Turnar")
    second = await press(set_up, sac, "Turnar")

    assert re.fullmatch(
        r"Llegó por correo la circular \S+, periodo enero-febrero 2027\. ¿Turnar a EMS y SAC\?", asked
    )
    assert first == second == texts.text("forwarded")
    assert done(set_up, "A02", "OOAD07")
    assert done(set_up, "A04", REGION)
    assert record_of(set_up, "A02", "OOAD07").channel == "chat"
    assert re.fullmatch(
        r"Recibió por correo la solicitud de listado enero-febrero 2027; fecha límite 1\d-ene-2027\.",
        pac.unread()[-1].text,
    )


async def test_c_27_a_note_goes_with_the_copy(set_up):
    egas = await set_up.linked(EGAS_CHIAPAS)
    await opened(set_up)

    wanted = await press(set_up, egas, "Agregar nota")
    empty_handed = await set_up.say(egas, "x" * 501)
    answer = await set_up.say(egas, "Atender primero las localidades sin camino.")

    assert wanted == texts.text("note_wanted")
    assert empty_handed == texts.text("note_too_long", most=500)
    assert answer == texts.text("forwarded")
    assert done(set_up, "A02", "OOAD07")
    notes = dict(set_up.letters("NOTE"))
    assert {SAC_R01.email, SAC_R03.email} <= set(notes)
    assert "Atender primero las localidades sin camino." in notes[SAC_R03.email]
    assert EGAS_CHIAPAS.name in notes[SAC_R03.email]
    assert PAC012.email not in notes


async def test_c_27_only_who_is_asked_is_offered_to_pass_on(set_up):
    jspm = await set_up.linked(JSPM_CHIAPAS)
    await opened(set_up)

    assert [message.text for message in jspm.unread() if "circular" in message.text] == []


async def test_what_was_passed_on_by_mail_meanwhile_is_not_passed_on_again(set_up):
    egas = await set_up.linked(EGAS_CHIAPAS)
    await opened(set_up)
    set_up.writer.act(attest_step, PERIOD, "A02", "OOAD07", as_person=EGAS_CHIAPAS.key)
    taken = set_up.count("step_taken")

    assert await press(set_up, egas, "Turnar") == texts.text("forwarded_already")
    assert set_up.count("step_taken") == taken


async def requested(desk):
    """Bring the request for the list to a PAC who has the chat."""
    pac = await desk.linked(PAC012)
    await opened(desk)
    attest_all(desk.writer, {"A02", "A03", "A04"})
    await desk.settle()
    return pac


async def test_c_11_enterado_acknowledges_the_mail(set_up):
    pac = await requested(set_up)

    answer = await press(set_up, pac, "Enterado")

    (letter,) = letters(set_up, "M-04", PAC012)
    assert answer == texts.text("acknowledged")
    assert letter.acknowledged_at is not None
    assert set_up.count("letter_acknowledged") == 1


async def test_c_11_a_mail_that_did_not_arrive_goes_again_and_the_sac_hears(set_up):
    pac = await requested(set_up)

    answer = await press(set_up, pac, "No me llegó")

    first, again = letters(set_up, "M-04", PAC012)
    assert answer == texts.text("not_received")
    assert (first.blob_sha256, first.message_id) == (again.blob_sha256, again.message_id)
    assert [address for address, _text in set_up.letters("NOTE")] == [SAC_R03.email]
    assert "PAC012" in set_up.letters("NOTE")[0][1]


async def test_a_notice_waits_until_the_quiet_hours_are_over_and_comes_once(set_up):
    pac = await set_up.linked(PAC012)
    set_up.clock.leap_to(datetime(2027, 1, 5, 21, tzinfo=ZONE))
    set_up.writer.act(open_period, PERIOD)
    attest_all(set_up.writer, {"A01", "A02", "A03", "A04"})
    pac.unread()
    set_up.line.couriers.wake()
    at_night = pac.unread()
    set_up.clock.leap_to(datetime.combine(datetime(2027, 1, 6).date(), time(8), ZONE))
    set_up.line.couriers.wake()
    await set_up.settle()

    assert at_night == []
    assert [message.text.split(";")[0] for message in pac.unread()] == [
        "Recibió por correo la solicitud de listado enero-febrero 2027"
    ]


async def test_ac_03_whose_name_was_used_is_told_by_telegram_without_any_content(asked):
    phone = await asked.linked(PAC012)
    phone.unread()

    asked.writer.act(
        lambda desk: send_to_person(
            desk,
            "SPOOFED",
            {"received_at": desk.now, "folio": "E-2027-000001"},
            asked.person_id(PAC012),
            version="E-2027-000001",
        )
    )
    await asked.settle()

    assert [message.text for message in phone.unread()] == [
        "Llegó un correo a su nombre que no pudimos autenticar."
    ]


async def test_reminders_and_escalations_come_by_chat_too_once_and_without_a_name(asked):
    pac, sac = await asked.linked(PAC012), await asked.linked(SAC_R03)
    asked.clock.leap_to(datetime(2027, 1, 19, 9, tzinfo=ZONE))
    for phone in (pac, sac):
        phone.unread()

    while asked.writer.act(fire_deadlines):
        pass
    asked.writer.act(fire_deadlines)
    await asked.settle()

    told = [message.text for message in pac.unread()]
    assert len(told) == len(set(told)) >= 1
    assert all("18-ene-2027" in text for text in told)
    upwards = [message.text for message in sac.unread()]
    # However many PAC are late, their SAC hears of it in one message.
    assert [text for text in upwards if "3 actividades vencidas en su ámbito" in text] == upwards
    assert not any(PAC012.name in text for text in [*told, *upwards])


# ------------------------------------------------------------------ lists (C-12, C-13)


async def test_c_13_a_list_is_confirmed_by_chat(asked):
    phone = await asked.linked(PAC012)
    store_list(asked, PAC012.unit)

    question = await asked.say(phone, "/listado")
    answer = await press(asked, phone, "Confirmo")

    assert question == (
        "v1: 3 VRS, 2 PVR, total $4,600.00. Hay 0 avisos. ¿Confirma que participan en sus localidades y que se "
        "integró con el Equipo de Salud?"
    )
    assert answer == "Queda confirmado su listado v1: 3 VRS, 2 PVR."
    assert record_of(asked, "A06", PAC012.unit).level == "attested"
    assert record_of(asked, "A06", PAC012.unit).channel == "chat"
    assert done(asked, "A08", PAC012.unit)


async def test_c_13_a_list_that_was_replaced_meanwhile_is_not_confirmed(asked):
    phone = await asked.linked(PAC012)
    store_list(asked, PAC012.unit)
    await asked.say(phone, "/listado")
    old = phone.messages()[-1]
    store_list(asked, PAC012.unit, vrs=4)

    answer = await press(asked, phone, "Confirmo", under=old)

    assert answer.startswith("Ese listado fue sustituido por v2; confirme la vigente.\nv2: 4 VRS, 2 PVR")
    assert not done(asked, "A06", PAC012.unit)
    assert "v2" in await press(asked, phone, "Confirmo")
    assert done(asked, "A06", PAC012.unit)


async def test_v_059_a_pac_says_in_a_message_why_the_list_jumped_and_the_sac_hears_it_by_mail(asked):
    phone = await asked.linked(PAC012)
    store_list(asked, PAC012.unit)
    needless = await asked.say(phone, "Motivo: ninguno")
    store_list(asked, PAC012.unit, vrs=6)

    kept = await asked.say(phone, "Motivo: dos personas nuevas de la asamblea")
    other = await asked.say(await asked.linked(SAC_R01), "Motivo: lo mismo")

    assert "no hace falta motivo" in needless
    assert "8 personas; en el periodo anterior fueron 5 (+3)" in kept
    # What somebody wrote may name people: it is not repeated.
    assert "asamblea" not in kept
    assert "Todavía no hay un listado" in other
    assert [who for who, _subject in asked.letters("NOTE")] == [SAC_R03.email]
    assert asked.count("jump_explained") == 1


async def test_c_13_who_will_correct_it_confirms_nothing(asked):
    phone = await asked.linked(PAC012)
    store_list(asked, PAC012.unit)
    await asked.say(phone, "/listado")

    answer = await press(asked, phone, "Corregiré")

    assert asked.writer.office.address in answer
    assert not done(asked, "A06", PAC012.unit)


async def test_c_12_the_detail_goes_again_by_mail_once_a_day(asked):
    phone = await asked.linked(PAC012)
    store_list(asked, PAC012.unit, rejected=2)
    asked.writer.act(_answer_list, asked.person_id(PAC012))

    state = await asked.say(phone, "/listado")
    first = await press(asked, phone, "Reenviar detalle")
    await asked.say(phone, "/listado")
    second = await press(asked, phone, "Reenviar detalle")

    assert state.startswith("Su listado v1 de enero-febrero 2027: aceptado en parte. 0 errores y 0 avisos.")
    assert (first, second) == (texts.text("sent_again"), texts.text("sent_again_today"))
    assert len(letters(asked, "M-07", PAC012)) == 2


def _answer_list(desk, person_id):
    """Put the answer to a list in the outbox, as it would stand there."""
    desk.session.add(
        LetterRow(
            key="answer",
            template="M-07",
            case_id=cases.find_case(desk.session, f"0780-003-002/{PERIOD}").id,
            unit=PAC012.unit,
            person_id=person_id,
            address=PAC012.email,
            message_id="<answer@example.org>",
            blob_sha256=desk.blobs.put(b"answer"),
            created_at=desk.now,
            not_before=desk.now,
        )
    )


async def test_estado_says_what_is_open_and_forgets_nothing(set_up):
    egas = await set_up.linked(EGAS_CHIAPAS)
    await opened(set_up)
    await press(set_up, egas, "Agregar nota")

    status = await set_up.say(egas, "/estado")
    answer = await set_up.say(egas, "Con acuse, por favor.")

    assert status.startswith("Tiene abierta: la nota de una circular.")
    assert answer == texts.text("forwarded")
    assert (await set_up.say(egas, "/estado")).startswith(texts.text("status_idle"))


# ------------------------------------------------------------------ boards (C-20 to C-22, C-28, C-30, C-34)


async def test_c_21_the_missing_are_reminded_once_a_day(asked):
    sac, pac = await asked.linked(SAC_R03), await asked.linked(PAC012)
    board = await asked.say(sac, "/tablero")
    pac.unread()

    question = await press(asked, sac, "Recordar a faltantes")
    answer = await press(asked, sac, "Enviar")
    again = await press(asked, sac, "Recordar a faltantes")

    total = int(re.search(r"0/(\d+) PAC entregaron", board)[1])
    assert question == f"Se enviará recordatorio a {total} PAC."
    assert answer == f"Se envió recordatorio a {total} PAC."
    assert again == "Ya se recordó hoy."
    assert len(letters(asked, "M-45", PAC012)) == 1
    assert len(pac.unread()) == 1
    asked.clock.leap_to(asked.clock.now() + timedelta(days=1))
    await asked.say(sac, "/tablero")
    assert await press(asked, sac, "Recordar a faltantes") == f"Se enviará recordatorio a {total} PAC."


async def test_c_21_nothing_leaves_when_it_is_called_off(asked):
    sac = await asked.linked(SAC_R03)
    await asked.say(sac, "/tablero")
    await press(asked, sac, "Recordar a faltantes")
    before = len(asked.letters("M-45"))

    assert await press(asked, sac, "Cancelar") == texts.text("nothing_sent")
    assert len(asked.letters("M-45")) == before


async def test_c_22_duplicates_are_counted_here_and_told_by_mail(asked):
    sac = await asked.linked(SAC_R03)
    with asked.writer.store.transaction() as session:
        session.add(
            DuplicateRow(
                case_id=cases.find_case(session, f"0780-003-002/{PERIOD}").id,
                code="V-052",
                unit=REGION,
                key="x",
                name_norm="ROSA EJEMPLO",
                locality="070260045",
                kind="VRS",
                units=[PAC012.unit, PAC015.unit],
                found_at=asked.clock.now(),
            )
        )

    counted = await asked.say(sac, "/duplicados")
    answer = await press(asked, sac, "Enviar detalle a mi correo")

    assert counted == "Hay 1 posible duplicado entre PAC. El detalle va por correo."
    assert answer.startswith(texts.text("detail_mailed"))
    assert [address for address, _text in asked.letters("DUPLICATE")] == [SAC_R03.email]
    assert not any("ROSA" in message.text.upper() for message in sac.messages())


async def test_c_28_an_ooad_sees_its_sums_and_what_is_overdue_and_has_them_mailed(asked):
    jspm = await asked.linked(JSPM_CHIAPAS)
    asked.clock.leap_to(datetime(2027, 1, 20, 10, tzinfo=ZONE))

    board = await asked.say(jspm, "/tablero")
    answer = await press(asked, jspm, "Por correo")

    assert re.match(
        r"OOAD Chiapas, enero-febrero 2027: 0/\d+ PAC entregaron; 0 con errores; 0/2 regiones", board
    )
    assert re.search(r"Vencidos: \d+\n", board)
    assert answer == texts.text("detail_mailed")
    ((address, text),) = asked.letters("BOARD")
    assert address == JSPM_CHIAPAS.email
    assert "Pasos vencidos" in text
    assert "Puebla" not in text


async def test_c_30_the_centre_sees_the_nation(asked):
    phone = await asked.linked(CACYPCS)
    asked.clock.leap_to(datetime(2027, 1, 20, 10, tzinfo=ZONE))

    board = await asked.say(phone, "/nacional")
    by_ooad = await press(asked, phone, "Por OOAD")
    overdue = await press(asked, phone, "Vencidos")

    assert re.fullmatch(
        r"enero-febrero 2027: 0/2 OOAD recibidos; vencidos: [1-9]\d*; casos abiertos: 0\.", board
    )
    assert "Chiapas: 0/" in by_ooad
    assert "Puebla: 0/" in by_ooad
    assert "Vencidos:" in overdue


async def test_why_totals_differ_is_told_by_counts_and_by_mail_line_by_line(desk_in):
    async with desk_in("delivered") as desk:
        phone, other = await desk.linked(JSPM_CHIAPAS), await desk.linked(PAC012)

        told = await desk.say(phone, "/explica")
        of_region = await desk.say(phone, "/explica R03")
        by_name = await desk.say(phone, "/explica Ocosingo")
        await press(desk, phone, "Detalle a mi correo")
        ((address, letter),) = desk.letters("EXPLAIN")

        assert re.match(r"OOAD Chiapas, 2027-B1: \d+ (?:renglones|→)", told)
        assert "PAC 30" in told
        assert of_region.startswith("región 03 Ocosingo, OOAD Chiapas, 2027-B1:")
        assert by_name == of_region
        assert not any(one.name in told + of_region for one in VOLUNTEERS)
        assert address == JSPM_CHIAPAS.email
        assert "región 03 Ocosingo" in letter
        assert (await desk.say(other, "/explica")).startswith("No entendí.")


@pytest.mark.parametrize(
    "question", ["/explica OOAD21", "/explica OOAD99", "/faltantes Puebla", "/faltantes X"]
)
async def test_of_another_ambito_the_chat_tells_nothing_not_even_whether_it_exists(desk_in, question):
    async with desk_in("delivered") as desk:
        phone = await desk.linked(JSPM_CHIAPAS)

        assert (await desk.say(phone, question)).startswith("No encontré ese listado en su ámbito.")


async def test_whoever_has_not_sent_is_told_by_unit_to_each_tier(asked):
    sac, jspm, centre = [await asked.linked(who) for who in (SAC_R03, JSPM_CHIAPAS, CACYPCS)]
    asked.clock.leap_to(datetime(2027, 1, 20, 10, tzinfo=ZONE))

    region = await asked.say(sac, "/faltantes")
    offered = await press(asked, sac, "Recordar a faltantes")
    ooad = await asked.say(jspm, "/faltantes")
    one_region = await asked.say(jspm, "/faltantes R01")
    nation = await asked.say(centre, "/faltantes")

    assert "0 de 3 resueltos, 3 con plazo vencido (3 vencidos)." in region
    assert "PAC015 Taniperla: vencido desde el 18-01-2027" in region
    assert "Se enviará recordatorio a 3 PAC." in offered
    assert (
        "región 03 Ocosingo: faltan 3 de 3: PAC012 Damasco, PAC015 Taniperla, PAC018 Nueva Palestina" in ooad
    )
    assert one_region.startswith("región 01 Palenque, OOAD Chiapas, enero-febrero 2027: 0 de 2 resueltos")
    assert "OOAD Puebla: faltan 5 de 5" in nation
    assert "Taniperla" not in nation


async def test_c_34_how_the_delivery_goes_by_what_pac_report(asked):
    phone = await asked.linked(CFI)
    before = await asked.say(phone, "/entrega")
    with asked.writer.store.transaction() as session:
        for unit, payees, collected in ((PAC012.unit, 5, 3), (PAC015.unit, 5, 4)):
            progress.add_progress(
                session,
                ProgressRow(
                    case_id=cases.find_case(session, f"0780-003-002/{PERIOD}").id,
                    unit=unit,
                    on=asked.clock.now().date(),
                    at=asked.clock.now(),
                    payees=payees,
                    collected=collected,
                    with_problem=1,
                    source=ProgressSource.CHAT,
                ),
            )

    answer = await asked.say(phone, "/entrega")
    by_ooad = await press(asked, phone, "Por OOAD")

    assert before == texts.text("delivery_none")
    assert re.search(r"70% entregado al .* 2 de \d+ PAC \(7 de 10; con problema: 2\)", answer)
    assert "Chiapas: 7 de 10" in by_ooad


# ------------------------------------------------------------------ designation (C-26), approval (C-31)


async def rubricated(desk):
    """Bring Puebla, which has no EGAS and two EMS, to where the EMS that integrates is designated."""
    desk.clock.leap_to(datetime(2027, 1, 20, 10, tzinfo=ZONE))
    attest_all(desk.writer, {"A10", "A11", "A12"})
    await desk.settle()


async def test_c_26_the_ems_is_designated_by_chat_and_the_jspm_may_observe(desk_in):
    async with desk_in("delivered") as desk:
        ems, jspm = await desk.linked(EMS_PUEBLA_R01), await desk.linked(JSPM_PUEBLA)
        await rubricated(desk)
        asked = ems.unread()[-1]

        question = await press(desk, ems, "región 02", under=asked)
        answer = await press(desk, ems, "Confirmar")
        told = jspm.unread()[-1].text
        wanted = await press(desk, jspm, "Observar")
        observed = await desk.say(jspm, "Ese EMS tiene una vacante.")

        assert asked.text.startswith("¿Qué EMS integrará el listado del OOAD?")
        assert question.startswith("región 02")
        assert answer.startswith("Queda asentada la designación: región 02")
        assert record_of(desk, "A16", "OOAD21").level == "attested"
        assert desk.writer.act(lambda at: at.session.get(cases.CaseRow, 1).facts["OOAD21"])[
            "designated_ems"
        ] == ("OOAD21-R02")
        assert "región 02" in told
        assert wanted == texts.text("observation_wanted")
        assert observed == texts.text("observation_done")
        assert {EMS_PUEBLA_R01.email, CACYPCS.email} <= {address for address, _ in desk.letters("NOTE")}
        assert desk.count("designation_observed") == 1


async def test_c_31_a_draft_is_announced_and_cannot_be_approved_here(set_up):
    phone = await set_up.linked(CACYPCS)
    phone.unread()
    set_up.clock.leap_to(datetime(2027, 1, 4, 10, tzinfo=ZONE))

    set_up.writer.act(open_period, PERIOD)
    await set_up.settle()

    (told,) = phone.unread()
    assert told.text == (
        "Borrador de circular listo en su correo. Para aprobarlo responda el correo con el código."
    )
    assert told.buttons == ()
    assert await set_up.say(phone, "apruebo") == texts.text("no_authority")
    assert not done(set_up, "A01")
