"""Attest that a list was made with the Equipo de Salud and that its people take part (A05, A06)."""

from actions.answer_list import refuse_without_file
from actions.answer_sender import refuse, thank_for_step
from actions.desk import Desk
from actions.find_expediente import Whereabouts
from actions.read_case import read_situation
from actions.take_step import Evidence, take_step
from mail.answers import Answer
from procedures import engine
from procedures.definition import Level, Source
from procedures.engine import Happening, Instance, Status
from storage import cases, lists
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.lists import ListLevel


def attest_list(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, case: CaseRow, answer: Answer) -> None:
    """Record the sentence of M-05 and, if a list without errors already lies here, its delivery (A07, A08)."""
    units = whereabouts.pac_units
    unit = whereabouts.unit if whereabouts.unit in units else units[0] if len(units) == 1 else ""
    if not unit:
        message = (
            "Sólo quien tiene a su cargo el ámbito puede confirmar su listado; indique de cuál se trata."
        )
        refuse(desk, entry, whereabouts, message)
        return
    version = lists.latest_version(desk.session, case.id, ListLevel.LVP, unit)
    if version is None:
        # Who meant to send the list along must hear that it is missing; nothing was confirmed yet.
        refuse_without_file(desk, entry, whereabouts, unit)
        return
    record_attestation(desk, case, unit, entry, whereabouts.person_id, answer)
    if version.rejected == 0:
        record_delivery(desk, case, unit, entry, whereabouts.person_id, subject_key=version.digest)
    thank_for_step(desk, entry, whereabouts, case, step="A06", unit=unit, level=Level.ATTESTED, late=False)


def record_attestation(
    desk: Desk, case: CaseRow, unit: str, entry: EntryRow, person_id: int, answer: Answer
) -> None:
    """Take A05 and A06 by the sentence of the PAC; the Equipo de Salud is kept as evidence.

    Said again with every corrected list, the sentence counts once.
    """
    if not _is_open(desk, case, "A05", unit):
        return
    happening = Happening(
        kind=Source(entry.channel.value),
        name="attestation",
        unit=unit,
        at=entry.received_at,
        on=desk.local_date(entry.received_at),
        level=Level.ATTESTED,
        role="PAC",
        role_unit=unit,
    )
    text = f"Equipo de Salud: {answer.health_team}" if answer.health_team else "Confirmo (M-05)"
    evidence = Evidence(person_id=person_id, entry=entry, channel=entry.channel.value, text=text)
    take_step(desk, case, happening, evidence)


def record_delivery(
    desk: Desk, case: CaseRow, unit: str, entry: EntryRow, person_id: int, *, subject_key: str
) -> None:
    """Take A07 and A08: the list is whole and in the SAC's hands. A newer version takes them again."""
    if cases.has_step_of(desk.session, case.id, "A08", unit, entry.id):
        # The attestation in the same mail opened the delivery, and it took itself.
        return
    situation = read_situation(desk, case, unit)
    if engine.status(situation, Instance("A06", unit)) is not Status.DONE:
        # The list lies here; it counts as delivered once the PAC has attested it.
        return
    happening = Happening(
        kind=Source.MAIL,
        name="list",
        unit=unit,
        at=entry.received_at,
        on=desk.local_date(entry.received_at),
        level=Level.RECORDED,
        role="PAC",
        role_unit=unit,
    )
    evidence = Evidence(person_id=person_id, entry=entry, channel="mail", subject_key=subject_key)
    take_step(desk, case, happening, evidence)


def _is_open(desk: Desk, case: CaseRow, step: str, unit: str) -> bool:
    return engine.status(read_situation(desk, case, unit), Instance(step, unit)) is Status.OPEN
