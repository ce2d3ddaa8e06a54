"""The five promises of the design, each with tests that try to break it.

Nothing is lost; nothing is done twice; nothing is overwritten; people decide; nobody sees more than they may.
"""

import asyncio
import re
import sqlite3

import pytest
from sqlmodel import col, select, update

from actions.attest_step import AttestationRefused, attest_step
from mail.inbox import MailboxLost
from procedures import catalogue, loader
from procedures.definition import Source
from procedures.engine import Status
from service.demo import office
from service.demo.cast import CONFIRMATION, SLIPS, Slip
from service.demo.correspondent import Attachment
from service.demo.world import OUTSIDER
from storage.entries import EntryState
from storage.lists import ListState, ListVersionRow
from storage.outbox import LetterRow, LetterState
from storage.people import CodeRow
from storage.verification import verify
from tests.acceptance.scene import DESK, PROCEDURE, Letter, at_work, edited
from tests.people import (
    CACYPCS,
    EMS_R03,
    PAC012,
    PAC015,
    PERIOD,
    PS_ADDRESS,
    SAC_R01,
    SAC_R03,
    at,
    volunteers_of,
)

# ------------------------------------------------------------------ 1. nothing is lost


def committed(scene):
    """What another process sees in the books: place of each entry and its original, if it is on disk."""
    books = sqlite3.connect(scene.folder / "oficialia.db")
    found = dict(books.execute("SELECT place, blob_sha256 FROM entry WHERE channel = 'mail'").fetchall())
    books.close()
    return {place: scene.service.blobs.path_of(sha256).exists() for place, sha256 in found.items()}


async def test_1_a_mail_is_moved_on_the_server_only_when_its_original_is_durable(asked):
    mailbox, seen = asked.service.mailbox, []
    file_away = mailbox.file_away

    async def watched(uids):
        uids = list(uids)
        seen.extend((uid, committed(asked)) for uid in uids)
        return await file_away(uids)

    mailbox.file_away = watched
    await asked[PAC012].sends_list(asked[PAC012].filled())

    assert len(seen) == 1
    for uid, books in seen:
        assert books[f"INBOX/{mailbox._uidvalidity}/{uid}"]


async def test_1_killed_between_recording_and_moving_the_mail_is_answered_once(asked):
    mailbox = asked.service.mailbox
    file_away, losses = mailbox.file_away, []

    async def lose_once(uids):
        if not losses:
            losses.append(list(uids))
            raise MailboxLost("cut between the commit and the move")
        return await file_away(uids)

    mailbox.file_away = lose_once
    letters = await asked[PAC012].sends_list(asked[PAC012].filled())

    assert len(losses) == 1
    assert [letter.template for letter in letters] == ["M-06"]
    assert len(asked.versions(PAC012.unit)) == 1
    assert asked.hub.mailboxes.count(DESK) == 0


async def test_1_a_server_that_hangs_up_loses_no_mail(asked):
    for _ in range(3):
        await asked.hub.mailboxes.hang_up()
    await asked[PAC012].correspondent.reply(
        asked[PAC012].last("M-04").original,
        CONFIRMATION,
        attachments=[Attachment(name="Listado.xlsx", content=asked[PAC012].filled())],
    )
    await asked.hub.mailboxes.hang_up()
    await asked.settle()

    assert [letter.template for letter in asked[PAC012].news()] == ["M-06"]


async def test_1_what_was_recorded_and_not_yet_read_is_read_after_a_restart(asked):
    pac = asked[PAC012]

    async def nothing():
        return None

    asked.service.intake._process = nothing
    await pac.correspondent.reply(
        pac.last("M-04").original,
        CONFIRMATION,
        attachments=[Attachment(name="Listado.xlsx", content=pac.filled())],
    )
    await until(
        lambda: asked.last_entry().state is EntryState.RECORDED and not asked.hub.mailboxes.count(DESK)
    )
    await asked.service.stop()
    async with at_work(asked.folder, asked.clock.now()) as restarted:
        await restarted.settle()

        assert [letter.template for letter in restarted[PAC012].received][-1:] == ["M-06"]
        assert len(restarted.versions(PAC012.unit)) == 1
        assert restarted.last_entry().state is EntryState.APPLIED


async def test_1_an_answer_waits_while_the_post_is_down(asked):
    pac = asked[PAC012]
    await asked.hub.close_smtp()
    await asked.hub.deliver(DESK, a_list_from(pac))
    await until(lambda: waiting_letters(asked) >= 2)
    before = pac.news()

    await asked.hub.open_smtp()
    forget_back_off(asked)
    asked.service.couriers.wake()
    await asked.settle()

    assert before == []
    assert [letter.template for letter in pac.news()] == ["M-06"]


def a_list_from(pac):
    """A mail with a list, as bytes."""
    from email.message import EmailMessage
    from email.policy import SMTP

    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"], letter["Message-ID"] = pac.member.email, DESK, "<lista@ejemplo.example>"
    letter["Subject"] = f"[0780][{PERIOD}][A08][{pac.member.unit}] Listado"
    letter.set_content(CONFIRMATION)
    letter.add_attachment(
        pac.filled(), maintype="application", subtype="octet-stream", filename="Listado.xlsx"
    )
    return letter.as_bytes()


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - real wires
            await asyncio.sleep(0.01)


def waiting_letters(scene):
    """How many letters were tried in vain."""
    return sum(row.state is LetterState.WAITING and row.attempts > 0 for row in scene.letters())


def forget_back_off(scene):
    """Let the next try be due, without waiting for it."""
    with scene.service.store.transaction() as session:
        session.exec(
            update(LetterRow).where(col(LetterRow.state) == LetterState.WAITING).values(retry_at=None)
        )


# ------------------------------------------------------------------ 2. nothing is done twice


async def test_2_the_same_mail_in_a_folder_numbered_anew_changes_nothing(asked):
    pac = asked[PAC012]
    await pac.sends_list(pac.filled())
    entry = asked.last_entry()
    original, before = asked.kept(entry), (asked.standing(), asked.count_entries(), len(asked.letters()))
    await asked.service.stop()
    async with at_work(asked.folder, asked.clock.now()) as elsewhere:
        await elsewhere.hub.mailboxes.append(DESK, original, elsewhere.clock.now())
        await elsewhere.settle()

        assert (elsewhere.standing(), elsewhere.count_entries(), len(elsewhere.letters())) == before
        assert elsewhere.last_entry().place.split("/")[1] != entry.place.split("/")[1]
        assert len(elsewhere.noted("entry_repeated")) == 1
        assert elsewhere.hub.mailboxes.count(DESK) == 0


async def test_2_the_same_message_id_around_another_body_is_another_mail(asked):
    pac = asked[PAC012]
    await pac.sends_list(pac.filled())
    original = asked.kept(asked.last_entry())

    await asked.hub.deliver(DESK, original.replace(b"Equipo de Salud", b"equipo de salud", 1))
    await asked.settle()

    assert asked.noted("entry_repeated") == []
    assert pac.news()[-1].template == "ALREADY"


async def test_2_a_code_counts_once(delivered):
    sac = delivered[SAC_R03]
    question = sac.asked("A10")
    await sac.answers(question, f"APRUEBO {question.code}")
    before = (delivered.standing(), delivered.versions(SAC_R03.unit, "LVR"))

    again = await sac.answers(question, f"APRUEBO {question.code}")

    assert (delivered.standing(), delivered.versions(SAC_R03.unit, "LVR")) == before
    assert [letter.template for letter in again] == ["CODE-REFUSED"]


async def test_2_an_acknowledgement_counts_once(asked):
    sac = asked[SAC_R03]
    before, letters = asked.standing(), len(asked.letters())

    await sac.answers(sac.asked("A04"), "ENTERADO")

    assert asked.standing() == before
    assert [row for row in asked.letters()[letters:] if row.template == "M-04"] == []


async def test_2_two_looks_at_once_fire_a_deadline_once(asked):
    asked.clock.leap_to(asked.clock.now().replace(month=1, day=14, hour=15, minute=0))

    await asyncio.gather(*(asked.service.ticker.tick() for _ in range(4)))
    await asked.settle()

    keys = [row.key for row in asked.letters()]
    assert len(keys) == len(set(keys))
    reminders = [row.address for row in asked.letters() if row.template == "M-45"]
    assert reminders
    assert len(reminders) == len(set(reminders))


async def test_2_a_letter_whose_delivery_was_in_doubt_goes_again_with_the_same_bytes(asked):
    pac = asked[PAC012]
    asked.hub.drop_after_data(1, keep_mail=True)
    await asked.hub.deliver(DESK, a_list_from(pac))
    await until(lambda: waiting_letters(asked) == 1)
    asked.hub.behave()

    forget_back_off(asked)
    asked.service.couriers.wake()
    await asked.settle()

    everything = [letter for person in (pac, asked[SAC_R03]) for letter in person.news()]
    bodies = {}
    for letter in everything:
        bodies.setdefault(str(letter.message["Message-ID"]), set()).add(
            letter.original.partition(b"\r\nFrom:")[2]
        )
    assert len(everything) == len(bodies) + 1
    assert {len(copies) for copies in bodies.values()} == {1}


# ------------------------------------------------------------------ 3. nothing is overwritten


@pytest.mark.parametrize("table", ["journal", "step", "seal"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id + 1000", "DELETE FROM {}"])
async def test_3_journal_steps_and_seals_refuse_to_be_changed(asked, table, act):
    await asked.service.ticker.tick()
    books = sqlite3.connect(asked.folder / "oficialia.db")
    [(count,)] = books.execute(f"SELECT count(*) FROM {table}").fetchall()

    with pytest.raises(sqlite3.IntegrityError, match="only grows"):
        books.execute(act.format(table))
    books.close()

    assert count > 0


async def test_3_a_new_version_leaves_the_earlier_one_as_it_was_but_for_its_state(asked):
    pac = asked[PAC012]
    await pac.sends_list(pac.filled())
    [first] = asked.versions(PAC012.unit)
    lines = asked.lines(PAC012.unit)

    await pac.sends_list(edited(pac.filled(), {"G3": "Antonia Hernández Girón de Ruiz"}))

    with asked.books() as session:
        kept = session.exec(select(ListVersionRow).where(col(ListVersionRow.id) == first.id)).one()
    assert kept.state is ListState.REPLACED
    assert kept.model_dump(exclude={"state"}) == first.model_dump(exclude={"state"})
    assert lines_of(asked, first.id) == lines
    assert len(asked.versions(PAC012.unit)) == 2


def lines_of(scene, version_id):
    from storage import lists

    with scene.books() as session:
        found = lists.lines_of(session, version_id)
    return sorted(found, key=lambda line: line.position)


async def test_3_an_original_that_somebody_changed_on_disk_is_found(asked):
    await asked[PAC012].sends_list(asked[PAC012].filled())
    entry = asked.last_entry()
    path = asked.service.blobs.path_of(entry.blob_sha256)

    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"Confirmo", b"confirmo", 1))
    found = verify(asked.service.store, asked.service.blobs)

    assert not found.ok
    assert [item for item in found.problems if entry.blob_sha256[:12] in f"{item.place} {item.what}"]


async def test_3_books_that_nobody_touched_verify(authorised):
    await authorised.service.ticker.tick()

    assert verify(authorised.service.store, authorised.service.blobs).problems == ()


# ------------------------------------------------------------------ 4. people decide


def human_steps():
    """The steps that only a person takes: no clock and no event of the engine does."""
    definition = loader.load(catalogue.read_builtin(PROCEDURE))
    people = {Source.MAIL, Source.COMMAND, Source.CHAT}
    return {
        step.id for step in definition.steps.values() if {trigger.source for trigger in step.on} <= people
    }


async def test_4_the_desk_took_no_step_that_is_a_persons(authorised):
    named = human_steps()

    taken = [row for row in authorised.steps() if row.step in named]

    assert {row.step for row in taken} >= {"A01", "A02", "A10", "A11", "A12", "A14", "A21", "A24", "A25"}
    assert [row for row in taken if row.by_system or row.person_id is None or row.entry_id is None] == []


async def test_4_time_alone_decides_nothing(delivered):
    await delivered.leap_to("2027-02-25")

    named = human_steps()
    assert [row for row in delivered.steps() if row.step in named and row.on.month == 2] == []
    assert delivered.stands("A10", SAC_R03.unit) is Status.OPEN
    assert delivered.versions(SAC_R03.unit, "LVR") == []


async def test_4_a_wrong_code_does_nothing(delivered):
    sac = delivered[SAC_R03]
    question = sac.asked("A10")
    wrong = f"{(int(question.code) + 1) % 1_000_000:06d}"
    before = delivered.standing()

    [answer] = await sac.answers(question, f"APRUEBO {wrong}")

    assert answer.template == "CODE-REFUSED"
    assert delivered.standing() == before
    assert len(delivered.noted("code_refused")) == 1


async def test_4_after_five_guesses_not_even_the_right_code_counts(delivered):
    sac = delivered[SAC_R03]
    question = sac.asked("A10")
    for guess in range(5):
        await sac.answers(question, f"APRUEBO {(int(question.code) + 7 + guess) % 1_000_000:06d}")

    await sac.answers(question, f"APRUEBO {question.code}")

    assert "A10" not in delivered.done(SAC_R03.unit)


async def test_4_somebody_elses_code_does_nothing(delivered):
    question = delivered[SAC_R03].asked("A10")
    before = delivered.standing()

    for who in (SAC_R01, EMS_R03, PAC012, CACYPCS):
        await delivered[who].answers(question, f"APRUEBO {question.code}")

    assert delivered.standing() == before
    await delivered[SAC_R03].answers(question, f"APRUEBO {question.code}")
    assert "A10" in delivered.done(SAC_R03.unit)


async def test_4_an_expired_code_does_nothing(delivered):
    sac = delivered[SAC_R03]
    question = sac.asked("A10")
    with delivered.service.store.transaction() as session:
        session.exec(update(CodeRow).values(expires_at=delivered.clock.now()))

    [answer] = await sac.answers(question, f"APRUEBO {question.code}")

    assert answer.template == "CODE-REFUSED"
    assert "A10" not in delivered.done(SAC_R03.unit)


async def test_4_an_act_on_a_list_that_changed_meanwhile_is_asked_again(delivered):
    sac, pac = delivered[SAC_R03], delivered[PAC012]
    question = sac.asked("A10")
    [_acuse] = await pac.sends_list(edited(pac.filled(), {"G3": "Antonia Hernández Girón de Ruiz"}))

    await sac.answers(question, f"APRUEBO {question.code}")

    assert "A10" not in delivered.done(SAC_R03.unit)
    await sac.does("A10")
    assert "A10" in delivered.done(SAC_R03.unit)


@pytest.mark.parametrize(
    "word", ["AUTORIZO", "HECHO", "ENTERADO", "CONFIRMO", "De acuerdo, se aprueba.", "APRUEBO", "No apruebo"]
)
async def test_4_without_its_code_no_word_takes_a_step(delivered, word):
    sac = delivered[SAC_R03]
    before = delivered.standing()

    await sac.answers(sac.asked("A10"), word)

    assert delivered.standing() == before


@pytest.mark.parametrize(
    ("who", "step", "unit"),
    [
        pytest.param(PAC012, "A10", SAC_R03.unit, id="a PAC for the SAC"),
        pytest.param(SAC_R01, "A10", SAC_R03.unit, id="the SAC of another region"),
        pytest.param(EMS_R03, "A10", SAC_R03.unit, id="the EMS for the SAC"),
        pytest.param(CACYPCS, "A10", SAC_R03.unit, id="the centre for the SAC"),
        pytest.param(at("ADMIN", "PIB"), "A10", SAC_R03.unit, id="the administration"),
        pytest.param(at("CFI", "PIB"), "A25", "", id="the CFI for CACyPCS"),
    ],
)
async def test_4_nobody_attests_what_is_not_theirs(delivered, who, step, unit):
    before = delivered.standing()

    outcome = await delivered.service.writer.run(attest_step, PERIOD, step, unit, as_person=who.key)

    assert isinstance(outcome, AttestationRefused)
    assert delivered.standing() == before
    assert delivered.noted("step_refused")[-1].step == step


async def test_4_whoever_holds_no_post_attests_nothing(delivered):
    from storage.people import HoldingRow, find_person

    with delivered.service.store.transaction() as session:
        person = find_person(session, SAC_R03.key)
        ended = update(HoldingRow).where(col(HoldingRow.person_id) == person.id)
        session.exec(ended.values(to_on=delivered.today.replace(year=2026, month=12, day=31)))
    before = delivered.standing()

    outcome = await delivered.service.writer.run(
        attest_step, PERIOD, "A10", SAC_R03.unit, as_person=SAC_R03.key
    )
    question = delivered[SAC_R03].asked("A10")
    await delivered[SAC_R03].answers(question, f"APRUEBO {question.code}")

    assert isinstance(outcome, AttestationRefused)
    assert delivered.standing() == before


async def test_4_nobody_returns_the_work_of_another_region(delivered):
    """PAC001 is a name in two OOADs: the SAC of Huauchinango means their own, and reaches no other."""
    sac = delivered[at("SAC", "OOAD21-R01")]
    question = sac.asked("A10")
    before = [row for row in delivered.standing() if row[1].startswith("OOAD07")]

    await sac.answers(question, f"DEVUELVO OOAD07-R01-PAC001 revise los importes {question.code}")
    elsewhere = [row for row in delivered.standing() if row[1].startswith("OOAD07")]
    await sac.answers(question, f"DEVUELVO PAC001 revise los importes {question.code}")

    assert elsewhere == before
    assert [row for row in delivered.standing() if row[1].startswith("OOAD07")] == before
    assert "A08" not in delivered.done("OOAD21-R01-PAC001")
    assert "A08" in delivered.done("OOAD21-R01-PAC002")
    [returned] = [
        letter for letter in delivered[at("PAC", "OOAD21-R01-PAC001")].news() if letter.template == "M-07"
    ]
    assert "revise los importes" in returned.text


async def test_4_a_code_for_an_exception_does_nothing_else(asked):
    for pac in (PAC012, at("PAC", "OOAD07-R03-PAC018")):
        await asked[pac].sends_list(asked[pac].filled())
    await asked.leap_to("2027-01-19")
    sac = asked[SAC_R03]
    escalation = sac.last("M-46")
    before = asked.standing()

    [answer] = await sac.answers(escalation, f"HECHO {escalation.code}")
    after = asked.standing()
    await sac.answers(escalation, f"EXCEPCIÓN no entregó {escalation.code}")

    assert after == before
    assert "conteste EXCEPCIÓN" in answer.text
    assert "A08" in asked.done(PAC015.unit)


async def test_4_a_code_to_approve_with_the_word_of_an_exception_approves_nothing(delivered):
    sac = delivered[SAC_R03]
    question = sac.asked("A10")

    await sac.answers(question, f"EXCEPCIÓN no entregó {question.code}")

    assert "A10" not in delivered.done(SAC_R03.unit)
    await sac.answers(question, f"APRUEBO {question.code}")
    assert "A10" in delivered.done(SAC_R03.unit)


# ------------------------------------------------------------------ 5. nobody sees more than they may


@pytest.fixture(scope="module")
def whole_period(offices):
    """Every letter of the demonstration's period by mailbox, with the slips of its cast: A01 to A30."""
    return {
        box.name: [Letter(template="", original=file.read_bytes()) for file in sorted(box.rglob("*.eml"))]
        for box in (offices.made("demonstration") / "buzones").iterdir()
    }


def names_in(words):
    """The volunteers whose name stands in some words."""
    return {person for person in office.VOLUNTEERS if person.name in words}


def test_5_a_pac_reads_of_nobody_but_the_people_of_the_ambito(whole_period):
    pacs = [at(role, unit) for role, unit, *_rest in office.STAFF if role == "PAC"]
    for pac in pacs:
        letters = whole_period[pac.email]
        assert len(letters) >= 2
        allowed = set(volunteers_of(pac.unit))
        if SLIPS.get(pac.unit) is Slip.DUPLICATE:
            # Somebody of the neighbour's, whom this PAC listed too.
            allowed |= {
                person for person in volunteers_of(PAC012.unit) if person.clave == office.SHARED_LOCALITY
            }
        for letter in letters:
            assert names_in(letter.words) <= allowed


def test_5_a_pac_reads_of_no_other_pac(whole_period):
    pacs = [at(role, unit) for role, unit, *_rest in office.STAFF if role == "PAC"]
    for pac in pacs:
        others = [other for other in pacs if other != pac]
        for letter in whole_period[pac.email]:
            said = letter.words
            assert not [
                other for other in others if other.unit in said or other.name in said or other.email in said
            ]


def test_5_a_region_reads_of_no_other_region(whole_period):
    for role, unit, *_rest in office.STAFF:
        if role not in {"SAC", "EMS"} or "-R" not in unit:
            continue
        # The EMS designated for Puebla integrates the whole OOAD.
        scope = "OOAD21" if (role, unit) == ("EMS", "OOAD21-R01") else unit
        for letter in whole_period[at(role, unit).email]:
            assert {
                person.unit for person in names_in(letter.words) if not person.unit.startswith(scope)
            } == set()


def test_5_an_ooad_reads_of_no_other_ooad(whole_period):
    for role, unit, *_rest in office.STAFF:
        if role in {"JSPM", "EGAS"}:
            letters = whole_period[at(role, unit).email]
            assert letters
            found = {person for letter in letters for person in names_in(letter.words)}
            assert {person.unit for person in found if not person.unit.startswith(unit)} == set()


def test_5_no_subject_names_anybody_or_says_an_amount(whole_period):
    letters = [letter for box in whole_period.values() for letter in box]
    assert len(letters) > 150
    for letter in letters:
        assert names_in(letter.subject) == set()
        assert not re.search(r"\$|\d,\d{3}|\d\.\d{2}\b", letter.subject)


def test_5_the_provider_gets_the_file_and_not_a_word_of_the_inside(whole_period):
    letters = whole_period[PS_ADDRESS]
    assert letters
    inside = ["observ", "excepci", "duplicad", "devuel", "SAC", "PAC0", "UMR", "huella de", "DECIDO"]
    for letter in letters:
        assert [word for word in inside if word in letter.words] == []


def test_5_a_stranger_gets_nothing(whole_period):
    assert whole_period.get(OUTSIDER, []) == []


def test_5_the_administration_reads_of_no_volunteer(whole_period):
    for letter in whole_period[at("ADMIN", "PIB").email]:
        assert names_in(letter.words) == set()
        assert letter.attachments == {} or list(letter.attachments) == []


def test_ac_76_every_letter_of_the_period_bears_the_legend(whole_period):
    letters = [letter for box, letters in whole_period.items() if box != DESK for letter in letters]
    legend = "Este programa es público, ajeno a cualquier partido político."
    for letter in letters:
        assert legend in letter.text
        assert legend in letter.html


async def test_5_the_journal_names_no_volunteer(authorised):
    with authorised.books() as session:
        from storage import journal

        lines = journal.history(session)

    assert len(lines) > 300
    assert not [line for line in lines if names_in(line.text) or names_in(line.data)]
