"""Keep the register of people who stand several times, and ask whoever has to decide about them."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

from actions.desk import Desk
from actions.find_addressees import NATION, Addressee, addressees
from actions.letter_values import due_values, period_in_words, unit_in_words
from actions.money import pesos
from actions.previous_period import previous_lines
from actions.read_case import read_situation
from actions.send_letter import one_time_code, send
from procedures.engine import Instance
from procedures.lists.duplicates import (
    PROBABLE,
    WITHIN,
    Alike,
    Duplicate,
    Listed,
    find_duplicates,
    fingerprint_of,
)
from procedures.lists.rows import ListRow
from storage import duplicates, people
from storage.cases import CaseRow
from storage.duplicates import DISTINCT, SAME, DuplicateRecordRow, DuplicateRow
from storage.lists import ListLineRow

ACT = "DUPLICATE"
AT_ONCE = 10
"""Letters about undecided duplicates that a post holds at one time; the next follows each decision."""
WHY = {
    "V-050": "El mismo nombre, la misma localidad y el mismo tipo aparecen {count} veces en un listado, y su PAC anotó que son personas distintas (V-050).",
    "V-051": "La misma persona aparece como VRS y como PVR (V-051).",
    "V-052": "Mismo nombre, misma localidad y mismo tipo en {lists} listados de la región (V-052).",
    "V-053": "Mismo nombre y misma localidad en listados de distintos EMS del OOAD (V-053).",
    "V-054": "Mismo nombre y misma localidad en listados de distintos OOAD (V-054).",
    "V-055": "Podría tratarse de la misma persona: mismo nombre en el mismo municipio, o nombres muy parecidos en la misma localidad (V-055).",
    "V-056": "La misma CURP en {count} registros (V-056).",
}
_INTEGRATION = {
    "A10": "La integración de la región (actividad 10) espera esta decisión.",
    "A14": "La integración del OOAD (actividad 14) espera esta decisión.",
    "A19": "La integración del OOAD (actividad 19) espera esta decisión.",
    "A24": "La integración nacional (actividad 24) espera esta decisión.",
}


# ------------------------------------------------------------------ who decides


def decider_posts(case: CaseRow, unit: str) -> list[tuple[str, str]]:
    """Return who decides about a duplicate: SAC of the region, EGAS or EMS designado of the OOAD, CACyPCS (4.3)."""
    if not unit:
        return [("CACyPCS", NATION)]
    if unit in case.tree.get("region", []):
        return [("SAC", unit)]
    facts = case.facts.get(unit, {})
    if facts.get("has_egas"):
        return [("EGAS", unit)]
    designated = facts.get("designated_ems")
    return [("EMS", str(designated))] if designated else [("JSPM", unit)]


def deciders(desk: Desk, case: CaseRow, unit: str) -> list[Addressee]:
    """Return the people at the posts that decide about a unit's duplicates."""
    return [who for role, post in decider_posts(case, unit) for who in addressees(desk, role, post)]


# ------------------------------------------------------------------ what a list makes


def listed_people(
    desk: Desk, unit: str, rows: Sequence[ListRow], *, version_id: int | None = None
) -> list[Listed]:
    """Return the people of a list as they are looked for in others; one that is only tried has no version."""
    found = []
    for row in rows:
        mark = curp_mark(desk, row.curp) if row.curp else ""
        found.append(
            Listed(
                unit=unit,
                row=row.number,
                name_norm=row.nombre_norm,
                locality=row.clave_inegi,
                kind=row.tipo,
                fingerprint=fingerprint_of(row, mark),
                curp_mark=mark,
                version_id=version_id or 0,
            )
        )
    return found


def curp_mark(desk: Desk, curp: str) -> str:
    """Return what is equal for equal CURP, and from which nobody without the office's key finds the CURP."""
    return hmac.new(bytes.fromhex(desk.office.secret), curp.encode(), hashlib.sha256).hexdigest()[:32]


def register_list(
    desk: Desk, case: CaseRow, unit: str, own: Sequence[Listed], alike: Alike
) -> list[Duplicate]:
    """List the people of an ámbito's new list, and keep the register of the duplicates that it makes.

    What it no longer makes is withdrawn; what was decided stays decided, unless a row
    that the decision was about says something else now. Who decides sees all the
    records; nobody else learns whose the other lists are. `alike` is what the checks found.
    """
    found = find_duplicates(own, duplicates.listed_elsewhere(desk.session, case.id, own), alike)
    duplicates.relist(desk.session, case.id, unit, own)
    touched = _withdraw_gone(desk, case, unit, found)
    known = {
        (row.code, row.key): row
        for row in duplicates.duplicates_named(
            desk.session, case.id, {item.records[0].name_norm for item in found}
        )
    }
    records = duplicates.records_of(desk.session, {row.id or 0 for row in known.values()})
    fresh = [item for item in found if (item.code, item.key) not in known]
    _register(desk, case, fresh)
    for item in found:
        row = known.get((item.code, item.key))
        if row is None:
            _note_found(desk, case, item)
        else:
            _register_again(desk, case, row, records[row.id or 0], item)
        _end_smaller_questions(desk, case, list(known.values()), item)
        touched.add(item.unit)
    for place in sorted(touched):
        ask_next(desk, case, place)
    return found


def try_list(desk: Desk, case: CaseRow, own: Sequence[Listed], alike: Alike) -> list[Duplicate]:
    """Return the duplicates that a list would make, and keep nothing of it."""
    return find_duplicates(own, duplicates.listed_elsewhere(desk.session, case.id, own), alike)


def _withdraw_gone(desk: Desk, case: CaseRow, unit: str, found: Sequence[Duplicate]) -> set[str]:
    """Withdraw what a list no longer takes part in; return the units whose posts have one question less."""
    keys = {(item.code, item.key) for item in found}
    touched = set()
    for row in duplicates.duplicates_of_list(desk.session, case.id, unit):
        if (row.code, row.key) not in keys:
            _withdraw(desk, case, row)
            touched.add(row.unit)
    return touched


def _withdraw(desk: Desk, case: CaseRow, row: DuplicateRow) -> None:
    row.withdrawn_at = desk.now
    desk.session.add(row)
    desk.note("duplicate_gone", case_id=case.id, unit=row.unit, code=row.code)


def _register(desk: Desk, case: CaseRow, found: Sequence[Duplicate]) -> None:
    rows = [
        DuplicateRow(
            case_id=case.id or 0,
            code=item.code,
            unit=item.unit,
            key=item.key,
            name_norm=item.records[0].name_norm,
            locality=item.records[0].locality,
            kind=item.records[0].kind,
            units=list(item.units),
            score=item.score,
            found_at=desk.now,
        )
        for item in found
    ]
    duplicates.add_duplicates(desk.session, rows, [item.records for item in found])


def _register_again(
    desk: Desk, case: CaseRow, row: DuplicateRow, records: Sequence[DuplicateRecordRow], item: Duplicate
) -> None:
    """Follow the lines of a known duplicate to where they stand now; ask again if they say something else."""
    came_back = row.withdrawn_at is not None
    row.withdrawn_at = None
    now = Counter((who.unit, who.fingerprint) for who in item.records)
    # Books of before kept no fingerprints: what was decided then is not asked again for that.
    unchanged = now == Counter((record.unit, record.fingerprint) for record in records) or not any(
        record.fingerprint for record in records
    )
    left = list(records)
    for who in item.records:
        record = next(
            (each for each in left if (each.unit, each.fingerprint) == (who.unit, who.fingerprint)),
            next((each for each in left if each.unit == who.unit), None),
        )
        if record is None:
            desk.session.add(DuplicateRecordRow(**duplicates.record_of(row, who)))
            continue
        left.remove(record)
        if not unchanged and record.fingerprint != who.fingerprint:
            record.before_version_id, record.before_position = record.version_id, record.position
        record.version_id, record.position = who.version_id, who.row
        record.fingerprint, record.curp_mark = who.fingerprint, who.curp_mark
        record.kept = record.kept if unchanged else True
        desk.session.add(record)
    for record in left:
        desk.session.delete(record)
    if not unchanged:
        if row.decision:
            desk.note(
                "duplicate_reopened", case_id=case.id, unit=row.unit, code=row.code, decision=row.decision
            )
        row.decision, row.reason, row.decided_at, row.person_id, row.entry_id = "", "", None, None, None
    if not row.decision and (came_back or not unchanged):
        row.asked_at = None
    if came_back:
        _note_found(desk, case, item)
    desk.session.add(row)


def _note_found(desk: Desk, case: CaseRow, item: Duplicate) -> None:
    desk.note("duplicate_found", case_id=case.id, unit=item.unit, code=item.code, count=len(item.records))


def _end_smaller_questions(desk: Desk, case: CaseRow, known: Sequence[DuplicateRow], item: Duplicate) -> None:
    """End an open question about fewer lists of the same person: the new one asks about all of them."""
    first = item.records[0]
    if item.code == PROBABLE:
        return
    for row in known:
        same = (row.unit, row.name_norm, row.locality) == (item.unit, first.name_norm, first.locality)
        open_still = not row.decision and row.withdrawn_at is None and row.code not in {PROBABLE, *WITHIN}
        if same and open_still and set(row.units) < set(item.units):
            _withdraw(desk, case, row)


# ------------------------------------------------------------------ asking


def ask_next(desk: Desk, case: CaseRow, unit: str) -> None:
    """Write to the post of a unit about its next undecided duplicates, some at a time.

    What the integration waits for is not held up by what is only probable.
    """
    waiting = [row for row in duplicates.duplicates_at(desk.session, case.id, unit) if not row.decision]
    for probable in (False, True):
        of_kind = [row for row in waiting if (row.code == PROBABLE) is probable]
        asked = sum(row.asked_at is not None for row in of_kind)
        fresh = [row for row in of_kind if row.asked_at is None]
        for row in fresh[: max(AT_ONCE - asked, 0)]:
            ask_about(desk, case, row)


def ask_anew(desk: Desk, case: CaseRow, unit: str) -> None:
    """Put the open questions of a unit to whoever decides now: an EMS was designated meanwhile (A16)."""
    for row in duplicates.duplicates_at(desk.session, case.id, unit):
        if not row.decision:
            row.asked_at = None
            desk.session.add(row)
    ask_next(desk, case, unit)


def _integrating_step(case: CaseRow, unit: str) -> str:
    """Return the step that waits for the decisions of a unit's post."""
    if not unit:
        return "A24"
    if unit in case.tree.get("region", []):
        return "A10"
    return "A14" if case.facts[unit].get("has_egas") else "A19"


def subject_of(row: DuplicateRow, records: Sequence[DuplicateRecordRow]) -> str:
    """Return what a letter about a duplicate shows, so that an answer to anything older is known as such."""
    shown = "|".join(f"{record.unit}/{record.fingerprint}" for record in records)
    return f"{row.id}:{hashlib.sha256(shown.encode()).hexdigest()[:16]}"


def label_of(case: CaseRow, record: DuplicateRecordRow) -> str:
    """Return how a record is called: its ámbito and its row."""
    return f"{unit_in_words(case, record.unit).split(',')[0]}, renglón {record.position}"


def ask_about(desk: Desk, case: CaseRow, row: DuplicateRow, *, again: str = "") -> None:
    """Write to those who decide, with the records side by side, old beside new, and numbered options."""
    records = duplicates.records_of(desk.session, [row.id or 0])[row.id or 0]
    lines = [duplicates.line_at(desk.session, record.version_id, record.position) for record in records]
    to = [who for who in deciders(desk, case, row.unit) if who.person_id is not None]
    asked_before = people.count_codes(desk.session, case_id=case.id, act=ACT, unit=row.unit)
    codes = {
        who.email: one_time_code(
            desk,
            who.person_id or 0,
            case_id=case.id,
            act=ACT,
            unit=row.unit,
            subject_key=subject_of(row, records),
            valid=timedelta(days=30),
        )
        for who in to
    }
    labels = [label_of(case, record) for record in records]
    step = _integrating_step(case, row.unit)
    values = {
        "period": period_in_words(desk, case),
        "number": row.id,
        "level": unit_in_words(case, row.unit),
        "why": WHY[row.code].format(count=len(records), lists=len(row.units)),
        "labels": labels,
        "rows": [*_said_of(lines), *_curps(records), *_changes(desk, case, records, lines)],
        "options": [
            *(
                [number, f"Es la misma persona; se conserva en {label}."]
                for number, label in enumerate(labels, 1)
            ),
            [len(labels) + 1, "Son personas distintas; se conservan todas."],
        ],
        "blocks": "" if row.code == PROBABLE else _INTEGRATION[step],
        **due_values(desk, read_situation(desk, case), Instance(step, row.unit)),
    }
    # Where nobody holds the post the question stays unasked, and goes to whoever comes.
    row.asked_at = desk.now if to else None
    desk.session.add(row)
    version = f"{row.id}/{asked_before}{again}"
    send(desk, "DUPLICATE", values, to, case=case, unit=row.unit, version=version, codes=codes)


UNCHANGED = "sin cambios"
SAYS: tuple[tuple[str, Callable[[ListLineRow], str]], ...] = (
    ("Nombre", lambda line: line.name),
    ("Localidad", lambda line: f"{line.locality_name} ({line.locality})"),
    ("Tipo", lambda line: line.kind),
    ("Unidad médica", lambda line: line.medical_unit),
    ("Importe", lambda line: pesos(line.amount_centavos)),
    ("Meses", lambda line: line.months.replace(",", ", ")),
)
"""What a line says of a person, in the order in which people compare it."""


def _said_of(lines: Sequence[ListLineRow | None]) -> list[list[str]]:
    return [[title, *(cell(line) if line else "—" for line in lines)] for title, cell in SAYS]


def _curps(records: Sequence[DuplicateRecordRow]) -> list[list[str]]:
    """Say whether the CURP are one, without showing any."""
    marks = [record.curp_mark for record in records]
    if not any(marks):
        return []
    first = next(mark for mark in marks if mark)
    return [
        ["CURP", *("no se indicó" if not mark else "la misma" if mark == first else "otra" for mark in marks)]
    ]


def _changes(
    desk: Desk,
    case: CaseRow,
    records: Sequence[DuplicateRecordRow],
    lines: Sequence[ListLineRow | None],
) -> list[list[str]]:
    """Show old beside new: what a row said when it was decided about, and what the period before said."""
    found = []
    decided = [
        duplicates.line_at(desk.session, record.before_version_id, record.before_position)
        if record.before_version_id
        else None
        for record in records
    ]
    if any(decided):
        pairs = zip(decided, lines, strict=True)
        found.append(["Antes de la corrección", *(_correction(before, line) for before, line in pairs)])
    earlier = previous_lines(desk, case, [_listed(line) for line in lines if line is not None])
    if any(earlier):
        kept = iter(earlier)
        before = [next(kept) if line is not None else None for line in lines]
        found.append(
            [
                "Periodo anterior",
                *(
                    difference(old, line, period=True) if old else "no figuraba"
                    for old, line in zip(before, lines, strict=True)
                ),
            ]
        )
    return found


def _listed(line: ListLineRow) -> Listed:
    return Listed(line.pac, line.position, line.name_norm, line.locality, line.kind)


def _correction(before: ListLineRow | None, after: ListLineRow | None) -> str:
    """Say what a row said before it was corrected; what is seen nowhere in it was its CURP."""
    told = difference(before, after)
    return "la CURP era otra o no se indicaba" if before and after and told == UNCHANGED else told


def difference(before: ListLineRow | None, after: ListLineRow | None, *, period: bool = False) -> str:
    """Say what a line said before, as far as it says something else now; months and amounts belong to one period."""
    if before is None or after is None:
        return UNCHANGED
    told = [
        f"{title.lower()}: {cell(before)}"
        for title, cell in SAYS
        if cell(before) != cell(after) and not (period and title in {"Importe", "Meses"})
    ]
    return "; ".join(told) or UNCHANGED


def decision_in_words(case: CaseRow, row: DuplicateRow, records: Sequence[DuplicateRecordRow]) -> str:
    """Say what became of a duplicate, to whoever may know all of its lists."""
    if row.decision == SAME:
        kept = [label_of(case, record) for record in records if record.kept]
        return f"se conserva en {' y en '.join(kept)}. {row.reason}".strip()
    if row.decision == DISTINCT:
        return f"son personas distintas. {row.reason}".strip()
    return "posible, sin decidir" if row.code == PROBABLE else "sin decidir"
