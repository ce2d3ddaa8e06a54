"""The circular of the delivery period: approved, sent at its hour, passed on, replaced (act. 34 to 36; AC-39, AC-40, AC-42)."""

import json
from dataclasses import replace
from datetime import date
from io import BytesIO

import icalendar
import openpyxl
import pytest

from actions.import_calendar import import_calendar
from actions.note_circular import NotAllowed, note_circular
from actions.preview_delivery import preview_delivery
from actions.read_case import read_situation
from actions.redate_periods import redate_periods
from actions.review_circular import review_circulars
from actions.show_circular import Fate, show_circular
from documents.calendar_template import write_template
from documents.calendar_workbook import read_calendar
from mail.wording import LEGEND
from procedures.engine import Status
from storage import cases, people, provider
from storage.cases import StepOutcome, StepRow
from storage.people import ChannelRow, HoldingRow, PostRow
from storage.volunteers import VolunteerRow
from tests.acceptance.scene import Scene
from tests.people import (
    ADMIN,
    CACYPCS,
    CALENDAR,
    CFI,
    EGAS_CHIAPAS,
    EMS_PUEBLA_R01,
    EMS_PUEBLA_R02,
    EMS_R03,
    JSPM_CHIAPAS,
    JSPM_PUEBLA,
    PAC012,
    PAC015,
    PERIOD,
    SAC_R03,
    at,
    volunteers_of,
)

SAC_PUEBLA_R02 = at("SAC", "OOAD21-R02")
PREVIEW, ANEW = "ASK-EV34A", "ASK-EV34S"


async def approve(scene: Scene, template: str = PREVIEW):
    letter = scene[CACYPCS].last(template)
    return await scene[CACYPCS].answers(letter, f"APRUEBO {letter.code}")


async def sent(scene: Scene) -> Scene:
    """Let the circular be approved at once and leave at its hour."""
    await approve(scene)
    await scene.leap_to("2027-02-22", "09:00")
    return scene


async def move_delivery(scene: Scene, t0: str, t1: str = "2027-03-12") -> tuple[str, ...]:
    """Load another calendar, as the command does."""
    lines = tuple(
        replace(
            line,
            t0=date.fromisoformat(t0),
            t1=date.fromisoformat(t1),
            # What is done is done: the lists were asked for on the day on which they were.
            dates={"fecha_circular_listados": date(2027, 1, 4)},
        )
        if line.code == PERIOD
        else line
        for line in CALENDAR.periods
    )
    path = scene.folder / f"calendario-{t0}-{t1}.xlsx"
    write_template(path, replace(CALENDAR, periods=lines, document=f"UPIB/{t0}"))

    def load(desk):
        outcome = import_calendar(desk.session, read_calendar(path), now=desk.now, dry_run=False)
        assert outcome.applied, outcome.sentences
        redate_periods(desk)
        return review_circulars(desk)

    said = await scene.service.writer.run(load)
    await scene.settle()
    return said


async def change(scene: Scene, act) -> tuple[str, ...]:
    """Change the directory, as an import does, and look at the circular again."""

    def changed(desk):
        act(desk)
        desk.session.flush()
        return review_circulars(desk)

    said = await scene.service.writer.run(changed)
    await scene.settle()
    return said


def preview(desk):
    """The circular as it would leave now."""
    case = cases.find_case(desk.session, f"0780-003-002/{PERIOD}")
    return preview_delivery(desk, case, read_situation(desk, case, ""))


def close_office(clave: str):
    def act(desk):
        office = desk.session.get(provider.ProviderOfficeRow, clave)
        office.to_on = desk.today
        desk.session.add(office)

    return act


def got(scene: Scene, member, template: str):
    return [letter for letter in scene[member].received if letter.template == template]


def status(scene: Scene):
    return scene.service.writer.act(show_circular, PERIOD)


def fates(scene: Scene):
    return {(copy.template, copy.unit, copy.name): copy.fate for copy in status(scene).copies}


def sheet(workbook: bytes, name: str):
    return [list(row) for row in openpyxl.load_workbook(BytesIO(workbook))[name].iter_rows(values_only=True)]


def file_of(letter, prefix: str) -> bytes:
    [found] = [content for name, content in letter.attachments.items() if name.startswith(prefix)]
    return found


def event(letter):
    [found] = [content for name, content in letter.attachments.items() if name.endswith(".ics")]
    return icalendar.Calendar.from_ical(found).walk("VEVENT")[0]


# ------------------------------------------------------------------ before it leaves


async def test_the_preview_shows_dates_recipients_and_real_letters(funded):
    letter = funded[CACYPCS].last(PREVIEW)

    assert "lunes 1 de marzo de 2027" in letter.text
    assert "22 de febrero de 2027" in letter.text
    assert "Impedimentos" not in letter.text
    assert "Identificación oficial vigente" in letter.text
    assert "Muestra 3." in letter.html
    assert "El aviso que le entregó su PAC" in letter.text
    assert "no crea" not in letter.subject
    assert [name for name in letter.attachments if name.startswith("Directorio_oficinas")]
    assert [name for name in letter.attachments if name.startswith("Personas_por_avisar")]
    assert letter.word == "APRUEBO"
    # Nobody else hears of a circular that is not approved.
    assert got(funded, EGAS_CHIAPAS, "M-23") == []


async def test_the_preview_names_who_cannot_be_reached_and_who_holds_several_posts(funded):
    def act(desk):
        people.mark_bouncing(desk.session, PAC015.email)
        post = desk.session.exec(
            PostRow.__table__.select().where(PostRow.role == "SAC", PostRow.unit == "OOAD07-R01")
        ).first()
        person = people.find_person_by_email(desk.session, SAC_R03.email)
        desk.session.add(HoldingRow(post_id=post.id, person_id=person.id, kind="encargado"))
        desk.session.flush()
        return preview(desk)

    shown = funded.service.writer.act(act)

    assert any("PAC015 Taniperla" in line for line in shown.unreachable)
    assert any("ocupa 2 puestos" in line and SAC_R03.name in line for line in shown.warnings)


async def test_without_requisites_it_is_not_approved_and_the_answer_says_why(funded):
    await change(funded, lambda desk: desk.session.exec(provider.RequisiteRow.__table__.delete()))
    letter = funded[CACYPCS].last(PREVIEW)

    answers = await funded[CACYPCS].answers(letter, f"APRUEBO {letter.code}")

    assert "faltan los requisitos para cobrar" in letter.text
    [refusal] = [answer for answer in answers if answer.template == "NOT-DONE"]
    assert "faltan los requisitos para cobrar" in refusal.text
    assert funded.stands("EV34A", "") is Status.OPEN


async def test_without_the_deposit_it_warns_and_does_not_block(funded):
    def act(desk):
        [deposit] = [row for row in cases.steps_of(desk.session, 1) if row.step == "EV33B"]
        taken_back = StepRow(**deposit.model_dump(exclude={"id", "outcome"}), outcome=StepOutcome.VOIDED)
        cases.add_step(desk.session, taken_back)
        return preview(desk)

    shown = funded.service.writer.act(act)
    await approve(funded)

    assert any("No consta el depósito" in line for line in shown.warnings)
    assert not shown.blockers
    assert funded.stands("EV34A", "") is Status.DONE


async def test_ac_39_an_approved_circular_waits_for_its_hour_and_leaves_once(funded):
    [thanks] = await approve(funded)
    waiting = (await funded.service.writer.run(show_circular, PERIOD)).state
    await funded.leap_to("2027-02-22", "08:59")
    before = got(funded, EGAS_CHIAPAS, "M-23")

    await funded.leap_to("2027-02-22", "09:00")
    for _ in range(3):
        await funded.service.ticker.tick()
    await funded.settle()

    assert thanks.template == "THANKS"
    assert waiting == "aprobada; sale el 22-02-2027 a las 09:00"
    assert before == []
    for who in (EGAS_CHIAPAS, EMS_R03, EMS_PUEBLA_R01, EMS_PUEBLA_R02, JSPM_CHIAPAS, JSPM_PUEBLA):
        [letter] = got(funded, who, "M-23")
        assert LEGEND in letter.text
        assert letter.subject.startswith("[0780][2027-B1][A3")
        assert "Circular 001-E/2027: periodo de entrega" in letter.subject
        assert event(letter)["dtstart"].dt == date(2027, 3, 1)
        assert event(letter)["dtend"].dt == date(2027, 3, 13)
    # Each OOAD has its own, with the offices of its states.
    offices = sheet(file_of(got(funded, EGAS_CHIAPAS, "M-23")[0], "Directorio"), "Oficinas")
    assert [row[0] for row in offices[5:]] == ["OCO-01", "PAL-01", "SAL-01"]
    assert "ENTERADO" in got(funded, EGAS_CHIAPAS, "M-23")[0].text
    assert "CÓMO RESPONDER" not in got(funded, JSPM_CHIAPAS, "M-23")[0].text
    [row] = [row for row in funded.steps("") if row.step == "EV34A"]
    assert row.person_id is not None
    [left] = [row for row in funded.steps("") if row.step == "A34"]
    assert (left.by_system, left.late) == (True, False)


async def test_ac_39_a_bounced_circular_is_not_delivered_and_its_owner_hears_of_it(funded):
    funded.hub.bounce(EGAS_CHIAPAS.email)

    await sent(funded)

    [told] = got(funded, CACYPCS, "M-49")
    assert EGAS_CHIAPAS.email in told.text
    assert got(funded, ADMIN, "M-49")
    shown = status(funded)
    assert shown.delivered == {"OOAD07": False, "OOAD21": True}
    assert fates(funded)["M-23", "OOAD07", EGAS_CHIAPAS.name] is Fate.BOUNCED


async def test_ac_39_a_corrected_address_gets_the_circular_without_anybody_sending_it(funded):
    funded.hub.bounce(EGAS_CHIAPAS.email)
    await sent(funded)
    corrected = "fidel.cancino.ruiz@imss-bienestar.example"
    reader = funded[corrected]

    def act(desk):
        person = people.find_person_by_email(desk.session, EGAS_CHIAPAS.email)
        desk.session.add(ChannelRow(person_id=person.id, kind="email", value=corrected))

    before = len(got(funded, EMS_R03, "M-23"))
    await change(funded, act)

    assert [letter.template for letter in reader.received] == ["M-23"]
    assert len(got(funded, EMS_R03, "M-23")) == before
    assert status(funded).delivered["OOAD07"]


async def test_the_copy_for_the_jspm_is_a_switch(funded):
    office = replace(funded.service.writer.office, copies_to_jspm=False)
    funded.service.writer.office = office

    await sent(funded)

    assert got(funded, JSPM_CHIAPAS, "M-23") == []
    assert got(funded, EGAS_CHIAPAS, "M-23")


async def test_approved_after_its_hour_it_leaves_at_once_and_the_preview_warns(funded):
    await funded.leap_to("2027-02-25", "10:00")
    shown = funded.service.writer.act(preview)

    await approve(funded)
    await funded.leap_to("2027-02-25", "10:01")

    assert any("La entrega empieza en 4 días; la regla son 7 días" in line for line in shown.warnings)
    assert shown.leaves_at is None
    assert got(funded, EGAS_CHIAPAS, "M-23")
    [left] = [row for row in funded.steps("") if row.step == "A34"]
    assert left.late


async def test_a_changed_calendar_voids_the_approval_and_asks_anew(funded):
    await approve(funded)
    old = funded[CACYPCS].last(PREVIEW)

    [said] = await move_delivery(funded, "2027-03-03")
    await funded.leap_to("2027-02-23", "10:00")
    fresh = funded[CACYPCS].last(PREVIEW)

    assert "lo que dice cambió" in said
    assert old.code != fresh.code
    assert "miércoles 3 de marzo de 2027" in fresh.text
    assert [row.outcome for row in funded.steps("") if row.step == "EV34A"] == [
        StepOutcome.DONE,
        StepOutcome.VOIDED,
    ]
    assert got(funded, EGAS_CHIAPAS, "M-23") == []

    await approve(funded)
    await funded.leap_to("2027-02-24", "09:00")

    assert "del 03-mar-2027" in got(funded, EGAS_CHIAPAS, "M-23")[0].subject


async def test_what_was_shown_before_the_change_approves_nothing(funded):
    old = funded[CACYPCS].last(PREVIEW)
    await change(funded, close_office("PAL-01"))

    answers = await funded[CACYPCS].answers(old, f"APRUEBO {old.code}")

    assert any("sustituido por una versión más reciente" in answer.text for answer in answers)
    assert funded.stands("EV34A", "") is Status.OPEN


async def test_at_its_hour_it_does_not_leave_when_it_would_say_something_else(funded):
    await approve(funded)

    def close_quietly(desk):
        office = desk.session.get(provider.ProviderOfficeRow, "PAL-01")
        office.to_on = date(2027, 2, 20)
        desk.session.add(office)

    # Nobody looks at the circular then: a hand in the books, or an office whose time runs out.
    await funded.service.writer.run(close_quietly)
    await funded.leap_to("2027-02-22", "09:00")

    assert got(funded, EGAS_CHIAPAS, "M-23") == []
    assert funded.stands("EV34A", "") is Status.OPEN
    await approve(funded)
    await funded.leap_to("2027-02-22", "09:01")
    [letter] = got(funded, EGAS_CHIAPAS, "M-23")
    assert "PAL-01" not in letter.words


async def test_only_cacypcs_edits_it_and_an_edit_voids_the_approval(funded):
    await approve(funded)

    with pytest.raises(NotAllowed):
        funded.service.writer.act(note_circular, PERIOD, "algo", as_person=CFI.key)
    still = funded.stands("EV34A", "")
    said = await funded.service.writer.run(
        note_circular, PERIOD, "En Ocosingo se atiende por orden de llegada.", as_person=CACYPCS.key
    )
    await funded.settle()

    assert still is Status.DONE
    assert funded.stands("EV34A", "") is Status.OPEN
    assert len(said) == 2
    await approve(funded)
    await funded.leap_to("2027-02-22", "09:00")
    assert "por orden de llegada" in got(funded, EGAS_CHIAPAS, "M-23")[0].text


# ------------------------------------------------------------------ passed on


async def test_ac_40_where_nobody_acts_the_system_passes_it_on_and_says_so(funded):
    await sent(funded)

    await funded.leap_to("2027-02-23", "15:59")
    early = got(funded, SAC_PUEBLA_R02, "M-24a")
    await funded.leap_to("2027-02-23", "16:00")
    [copy] = got(funded, SAC_PUEBLA_R02, "M-24a")
    await funded.leap_to("2027-02-24", "16:00")
    [last] = got(funded, PAC012, "M-24b")

    assert early == []
    assert "Turnado por sistema" in copy.text
    assert "Turnado por sistema" in last.text
    assert {row.by_system for row in funded.steps() if row.step in {"A35", "A36"}} == {True}
    assert fates(funded)["M-23", "OOAD07", EGAS_CHIAPAS.name] is Fate.PASSED_ON_BY_SYSTEM


async def test_an_enterado_passes_it_on_and_the_second_copy_counts_for_nothing(funded):
    await sent(funded)
    ems = funded[EMS_PUEBLA_R01]

    await ems.answers(ems.last("M-23"), "ENTERADO")
    [copy] = got(funded, SAC_PUEBLA_R02, "M-24a")
    other = funded[EMS_PUEBLA_R02]
    await other.answers(other.last("M-23"), "ENTERADO")

    assert "Turnado por sistema" not in copy.text
    assert EMS_PUEBLA_R01.name in copy.text
    assert len(got(funded, SAC_PUEBLA_R02, "M-24a")) == 1
    assert [row.step for row in funded.steps("OOAD21") if row.step == "A35"] == ["A35"]
    assert fates(funded)["M-23", "OOAD21", EMS_PUEBLA_R01.name] is Fate.PASSED_ON
    assert fates(funded)["M-23", "OOAD21", EMS_PUEBLA_R02.name] is Fate.ACKNOWLEDGED


async def test_a_sac_passes_it_on_with_turnado_and_each_pac_gets_his_own_people(funded):
    await sent(funded)
    await funded[EGAS_CHIAPAS].answers(funded[EGAS_CHIAPAS].last("M-23"), "ENTERADO")
    sac = funded[SAC_R03]

    await sac.answers(sac.last("M-24a"), "TURNADO")

    [letter] = got(funded, PAC012, "M-24b")
    rows = sheet(file_of(letter, "Personas_por_avisar"), "Por avisar")[5:]
    own = {who.name for who in volunteers_of(PAC012.unit)}
    assert {row[1] for row in rows} == own
    assert {row[5] for row in rows} == {"Sucursal Ocosingo"}
    assert rows[0][6] == "Calle Central 8, frente al parque"
    assert "Sucursal Ocosingo" in letter.text
    # Names stand in the file, and in nothing that passes before other eyes.
    assert not [name for name in own if name in letter.text or name in letter.subject]
    others = {who.name for who in volunteers_of(PAC015.unit)}
    assert not [name for name in others if name in letter.words]
    assert (
        "No están en el listado"
        not in openpyxl.load_workbook(BytesIO(file_of(letter, "Personas_por_avisar"))).sheetnames
    )
    assert LEGEND in letter.text
    assert SAC_R03.name in letter.text


async def test_a_pac_acknowledges_by_the_button_of_the_letter(funded):
    await sent(funded)
    await funded.leap_to("2027-02-24", "16:00")
    [letter] = got(funded, PAC012, "M-24b")
    tag = letter.subject.partition(" ")[0]

    await funded[PAC012].writes(f"Re: {tag}", "ENTERADO")

    assert fates(funded)["M-24b", PAC012.unit, PAC012.name] is Fate.ACKNOWLEDGED
    await funded.leap_to("2027-02-27", "10:00")
    assert fates(funded)["M-24b", PAC015.unit, PAC015.name] is Fate.SILENT


async def test_ac_42_an_active_person_who_is_not_in_the_list_is_told_to_her_pac_and_to_nobody_else(funded):
    def elect(desk):
        desk.session.add(
            VolunteerRow(
                name="Genoveva Pinto Aguilar",
                name_norm="GENOVEVA PINTO AGUILAR",
                kind="VRS",
                locality="070590068",
                unit=PAC012.unit,
            )
        )

    await funded.service.writer.run(elect)
    await sent(funded)
    await funded.leap_to("2027-02-24", "16:00")

    [letter] = got(funded, PAC012, "M-24b")
    workbook = file_of(letter, "Personas_por_avisar")
    assert "No está en el listado definitivo" in letter.text
    absent = sheet(workbook, "No están en el listado")
    assert absent[5][:2] == ["Genoveva Pinto Aguilar", "VRS"]
    assert "no corresponde citarlas" in absent[1][0]
    assert "Genoveva" not in str(sheet(workbook, "Por avisar"))
    assert "Genoveva" not in got(funded, PAC015, "M-24b")[0].words


# ------------------------------------------------------------------ replaced


@pytest.fixture
async def passed_on(funded):
    """The desk when every PAC has the circular; two readers acknowledged it."""
    await sent(funded)
    await funded[EGAS_CHIAPAS].answers(funded[EGAS_CHIAPAS].last("M-23"), "ENTERADO")
    await funded[SAC_R03].answers(funded[SAC_R03].last("M-24a"), "ENTERADO")
    await funded.leap_to("2027-02-24", "16:00")
    return funded


READERS = (EGAS_CHIAPAS, EMS_R03, JSPM_CHIAPAS, SAC_R03, SAC_PUEBLA_R02, PAC012, PAC015, EMS_PUEBLA_R02)


async def test_changed_dates_are_followed_by_a_circular_to_everybody_who_got_the_old_one(passed_on):
    [said] = await move_delivery(passed_on, "2027-03-03", "2027-03-15")
    preview = passed_on[CACYPCS].last(ANEW)
    quiet = got(passed_on, PAC012, "M-23S")

    await approve(passed_on, ANEW)

    assert "la CACyPCS recibe la vista previa" in said
    assert "antes del 01-03-2027 al 12-03-2027; ahora del 03-03-2027 al 15-03-2027" in preview.text
    assert quiet == []
    for who in READERS:
        [letter] = got(passed_on, who, "M-23S")
        assert "deja sin efectos la circular 001-E/2027" in letter.text
        assert "Circular 001-E2/2027" in letter.subject
        assert "ENTERADO" in letter.text
        assert event(letter)["dtstart"].dt == date(2027, 3, 3)
        assert event(letter)["sequence"] == 1
        first = next(
            found for found in passed_on[who].received if found.template in {"M-23", "M-24a", "M-24b"}
        )
        assert event(first)["uid"] == event(letter)["uid"]
    rows = sheet(file_of(got(passed_on, PAC012, "M-23S")[0], "Personas_por_avisar"), "Por avisar")
    assert "del 03-03-2027 al 15-03-2027" in rows[1][0]
    # A new acuse is asked for.
    assert fates(passed_on)["M-23S", "OOAD07", EGAS_CHIAPAS.name] is Fate.SENT
    await passed_on[EGAS_CHIAPAS].answers(got(passed_on, EGAS_CHIAPAS, "M-23S")[0], "ENTERADO")
    assert fates(passed_on)["M-23S", "OOAD07", EGAS_CHIAPAS.name] is Fate.ACKNOWLEDGED


async def test_it_is_replaced_as_often_as_it_changes_and_once_for_each_change(passed_on):
    await move_delivery(passed_on, "2027-03-03")
    await approve(passed_on, ANEW)
    await move_delivery(passed_on, "2027-03-04")
    await approve(passed_on, ANEW)
    await passed_on.service.writer.run(review_circulars)
    await passed_on.settle()

    letters = got(passed_on, PAC012, "M-23S")
    assert [letter.subject.split("Circular ")[1][:12] for letter in letters] == [
        "001-E2/2027:",
        "001-E3/2027:",
    ]
    assert passed_on.stands("EV34S", "") is Status.DONE
    assert len(got(passed_on, CACYPCS, ANEW)) == 2


async def test_a_change_that_is_taken_back_before_it_is_approved_asks_for_nothing_more(passed_on):
    await move_delivery(passed_on, "2027-03-03")
    letter = passed_on[CACYPCS].last(ANEW)

    await move_delivery(passed_on, "2027-03-01")
    answers = await passed_on[CACYPCS].answers(letter, f"APRUEBO {letter.code}")

    assert passed_on.stands("EV34S", "") is Status.NOT_APPLICABLE
    assert [answer.template for answer in answers] == ["NOT-DONE"]
    assert got(passed_on, PAC012, "M-23S") == []


async def test_a_closed_office_is_a_change_and_its_people_get_another_one(passed_on):
    await change(passed_on, close_office("OCO-01"))
    preview = passed_on[CACYPCS].last(ANEW)

    await approve(passed_on, ANEW)

    assert "Ya no atiende: Sucursal Ocosingo" in preview.text
    rows = sheet(file_of(got(passed_on, PAC012, "M-23S")[0], "Personas_por_avisar"), "Por avisar")[5:]
    assert "Sucursal Ocosingo" not in {row[5] for row in rows}
    assert all(row[5] for row in rows)


async def test_whoever_left_a_post_hears_of_the_change_and_sees_no_people(passed_on):
    def hand_over(desk):
        person = people.find_person_by_email(desk.session, PAC012.email)
        successor = people.PersonRow(key="NUEVO", full_name="Efraín Vera Solís", cargo="Promoción")
        desk.session.add(successor)
        desk.session.flush()
        desk.session.add(ChannelRow(person_id=successor.id, kind="email", value="efrain.vera@otra.example"))
        [(post, holding)] = people.posts_of(desk.session, person.id, desk.today)
        holding.to_on = date(2027, 2, 23)
        desk.session.add(holding)
        desk.session.add(HoldingRow(post_id=post.id, person_id=successor.id, from_on=date(2027, 2, 24)))

    successor = passed_on["efrain.vera@otra.example"]
    await change(passed_on, hand_over)
    await move_delivery(passed_on, "2027-03-03")
    await approve(passed_on, ANEW)

    assert [letter.template for letter in successor.received] == ["M-24b", "M-23S"]
    assert "Personas_por_avisar" in successor.last("M-23S").words
    [letter] = got(passed_on, PAC012, "M-23S")
    assert not [name for name in letter.attachments if name.startswith("Personas")]


# ------------------------------------------------------------------ at the keyboard


async def test_the_keyboard_shows_the_circular_and_writes_its_samples(funded, command):
    folder = funded.folder / "muestras"

    shown, said = command("circular", "preview", PERIOD, "--out", folder, "--data", funded.folder)
    again, refused = command("circular", "preview", PERIOD, "--out", folder, "--data", funded.folder)

    assert (shown, again) == (0, 2)
    assert "Circular 001-E/2027: entrega del 01-03-2027 al 12-03-2027." in said
    assert "Muestra 3." in said
    assert "no se escribe encima" in refused
    assert sorted(file.name for file in folder.glob("*.eml")) == [f"muestra-{n}.eml" for n in (1, 2, 3)]
    assert len(list(folder.glob("Personas_por_avisar*.xlsx"))) == 2


async def test_the_keyboard_tells_what_became_of_it_person_by_person(funded, command):
    await sent(funded)
    ems = funded[EMS_PUEBLA_R01]
    await ems.answers(ems.last("M-23"), "ENTERADO")

    shown, said = command("circular", "status", PERIOD, "--data", funded.folder)
    _, as_json = command("circular", "status", PERIOD, "--json", "--data", funded.folder)

    assert shown == 0
    assert "Puebla: entregada" in said
    [line] = [line for line in said.splitlines() if EMS_PUEBLA_R01.name in line and "circular" in line]
    assert "turnada" in line
    assert json.loads(as_json.splitlines()[-1])["delivered"] == {"OOAD07": True, "OOAD21": True}
    # Addresses stay in the books.
    assert "@" not in said


async def test_the_keyboard_refuses_whoever_may_not_edit_it_and_periods_that_are_not_open(funded, command):
    refused = command("circular", "note", PERIOD, "algo", "--as", CFI.key, "--data", funded.folder)
    unknown = command("circular", "status", "2027-B6", "--data", funded.folder)

    assert refused[0] == 1
    assert "Sólo la CACyPCS" in refused[1]
    assert (unknown[0], "no está abierto" in unknown[1]) == (1, True)
