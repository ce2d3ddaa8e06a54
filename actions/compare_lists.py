"""Tell what is different in a list, at any tier: from the version before it, and from the previous period."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from actions.desk import Desk
from actions.find_duplicates import curp_mark
from actions.letter_values import MONTHS, unit_in_words
from actions.money import pesos
from actions.previous_period import previous_case
from procedures.lists.checks import CheckedList
from procedures.lists.compare import Change, Difference, compare, mark_of
from procedures.lists.headcounts import check_change
from procedures.lists.lines import Line, ooad_of, region_of
from procedures.lists.rows import Finding, ListRow
from storage import cases, duplicates, lists, organisation, periods, volunteers
from storage.cases import CaseRow
from storage.lists import ListLevel, ListState, ListVersionRow, StoredLine
from storage.volunteers import Remembered

SHOWN_TO_SUPERIOR = 10
"""People of one unit that the letter about the next tier's list names."""
SHOWN = 30
"""People that a letter names; beyond them it counts."""


class ListedPerson(NamedTuple):
    """A line as the comparison sees it that is kept nowhere as such, or has a CURP: there may be twenty thousand."""

    pac: str
    ooad: str
    locality: str
    name: str
    name_norm: str
    kind: str
    medical_unit: str
    amount_centavos: int = 0
    months: str = ""
    position: int = 0
    entity: str = ""
    municipality: str = ""
    locality_name: str = ""
    situation: str = ""
    remarks: str = ""
    curp_mark: str = ""
    id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """Whom a list is compared with."""

    since: str
    """In words: of which list it is."""
    people: Sequence[Line]
    one_period: bool = False


def earlier_lists(
    desk: Desk, case: CaseRow, unit: str, replaced: ListVersionRow | None
) -> tuple[Earlier, ...]:
    """Return what a list of an ámbito is compared with: the version that it replaces, and the previous period."""
    found = []
    if replaced is not None:
        found.append(
            Earlier(
                since=f"Respecto de la versión {replaced.version}",
                people=_people_of(desk, replaced),
                one_period=True,
            )
        )
    before = _previous(desk, case, unit)
    return (*found, before) if before else tuple(found)


def differences(
    desk: Desk, earlier: Sequence[Earlier], rows: Sequence[ListRow], *, unmended: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Return, for a letter, what is different: in words, and person by person with the old beside the new.

    `unmended` are the normal names in rows that do not stand yet: nobody is called a baja for that.
    """
    if not earlier:
        return []
    people: Sequence[Line] = people_of_rows(desk, rows)
    told: list[dict[str, Any]] = []
    for one in earlier:
        difference = compare(one.people, people, one_period=one.one_period)
        words = in_words(difference)
        if unmended:
            left = tuple(each for each in difference.left if each.name_norm not in unmended)
            difference = replace(difference, left=left)
            words = f"{in_words(difference)}, sin contar los renglones por corregir"
        lines = list(_people_in_words(difference, _names_of_places(desk, difference)))
        if told and told[-1]["words"] == words and told[-1]["people"] == lines[:SHOWN]:
            # Both lists tell the same: it is said once of both.
            told[-1]["since"] += one.since.replace("Respecto de", " y de", 1)
            continue
        told.append(
            {
                "since": one.since,
                "words": words,
                "people": lines[:SHOWN],
                "left": max(len(lines) - SHOWN, 0),
            }
        )
    return told


def changes_above(
    desk: Desk, case: CaseRow, level: ListLevel, unit: str, lines: Iterable[StoredLine]
) -> list[str]:
    """Return, for whoever receives a list above the PACs, what it changes since the period before.

    First the whole in counts, then each unit below; of a region and of an OOAD the people
    as well, a person's changed data old beside new: with the list they are approved. Of
    the nation the counts alone: nobody reads thousands of names in a letter.
    """
    before = _previous_above(desk, case, level, unit)
    if before is None:
        return []
    difference = compare(before.people, lines)
    told = [f"{before.since}: {in_words(difference)}."]
    places = _names_of_places(desk, difference)
    for below, part in sorted(_by_unit(difference, _PLACE_BELOW[level]).items()):
        told.append(f"{unit_in_words(case, below).split(',')[0]}: {in_words(part)}.")
        if level is ListLevel.LVN:
            continue
        named = list(_people_in_words(part, places))
        told += named[:SHOWN_TO_SUPERIOR]
        if len(named) > SHOWN_TO_SUPERIOR:
            told.append(f"Y {len(named) - SHOWN_TO_SUPERIOR} más de esta unidad.")
    return told


_PLACE_BELOW: Mapping[ListLevel, Callable[[Line], str]] = {
    ListLevel.LVR: lambda person: person.pac,
    ListLevel.LVO: lambda person: region_of(person.pac),
    ListLevel.LVN: lambda person: person.ooad,
}


def _by_unit(difference: Difference[Line], place: Callable[[Line], str]) -> dict[str, Difference[Line]]:
    """Part a difference by the units below; who moved from one to another belongs where the person is now."""
    joined: dict[str, list[Line]] = {}
    left: dict[str, list[Line]] = {}
    changed: dict[str, list[Change[Line]]] = {}
    for one in difference.joined:
        joined.setdefault(place(one), []).append(one)
    for one in difference.left:
        left.setdefault(place(one), []).append(one)
    for change in difference.changed:
        changed.setdefault(place(change.after), []).append(change)
    return {
        unit: Difference(
            joined=tuple(joined.get(unit, ())),
            left=tuple(left.get(unit, ())),
            changed=tuple(changed.get(unit, ())),
            same=0,
        )
        for unit in {*joined, *left, *changed}
    }


def find_jump(case: CaseRow, unit: str, earlier: Sequence[Earlier], checked: CheckedList) -> list[Finding]:
    """Return that the list has many more or fewer people than that of the previous period (V-059).

    Whoever is still to be mended counts as well.
    """
    before = next((one for one in earlier if not one.one_period), None)
    if before is None or not before.people:
        return []
    count = len(checked.rows) + len(checked.rejected)
    return list(check_change(unit_in_words(case, unit).split(",")[0], count, len(before.people)))


def in_words(difference: Difference[Line]) -> str:
    """Return how many people are new, gone or changed, and how many of those moved."""
    counts = [
        _count(len(difference.joined), "alta", "altas"),
        _count(len(difference.left), "baja", "bajas"),
        _count(len(difference.changed), "cambio", "cambios"),
    ]
    if not (difference.joined or difference.left or difference.changed):
        return "sin altas, bajas ni cambios"
    words = f"{', '.join(counts[:2])} y {counts[2]}"
    return f"{words} ({difference.moved} de localidad)" if difference.moved else words


def _previous(desk: Desk, case: CaseRow, unit: str) -> Earlier | None:
    """Return the people of the previous period; where the books have no list of it, those of the directory."""
    code = desk.once(periods.get_period, case.period).previous
    previous = desk.once(cases.find_case, f"{case.procedure}/{code}") if code else None
    version = lists.latest_version(desk.session, previous.id, ListLevel.LVP, unit) if previous else None
    if version is not None and version.state is not ListState.REPLACED:
        return Earlier(since=f"Respecto del periodo anterior ({code})", people=_people_of(desk, version))
    known = desk.once(volunteers.remembered_at, unit)
    people = desk.make_once(
        ("remembered", unit), (known,), lambda: [_of_directory(unit, who) for who in known]
    )
    since = "Respecto de las personas con que se llenó la plantilla"
    return Earlier(since=since, people=people) if people else None


def _of_directory(unit: str, who: Remembered) -> ListedPerson:
    return ListedPerson(
        pac=unit,
        ooad=ooad_of(unit),
        locality=who.locality,
        name=who.name,
        name_norm=who.name_norm,
        kind=who.kind,
        medical_unit=who.medical_unit,
    )


def _previous_above(desk: Desk, case: CaseRow, level: ListLevel, unit: str) -> Earlier | None:
    """Return the people of a list above the PACs in the previous period, or of its PACs' lists where it was not made."""
    previous = previous_case(desk, case)
    version = lists.latest_version(desk.session, previous.id, level, unit) if previous else None
    if previous is not None and version is not None:
        return Earlier(
            since=f"Respecto del periodo anterior ({previous.period})",
            people=lists.lines_of(desk.session, version.id),
        )
    pacs = [code for code in case.tree.get("pac", []) if not unit or code.startswith(f"{unit}-")]
    found = [one for one in (_previous(desk, case, pac) for pac in pacs) if one is not None]
    if not found:
        return None
    since = (
        f"Respecto del periodo anterior ({previous.period})"
        if previous
        else "Respecto de las personas con que se llenaron las plantillas"
    )
    return Earlier(since=since, people=[person for one in found for person in one.people])


def _names_of_places(desk: Desk, difference: Difference[Line]) -> Mapping[str, str]:
    """Return the names of the localities of people of the directory, who are kept with the key alone."""
    people = (*difference.left, *(change.before for change in difference.changed))
    claves = {one.locality for one in people if not one.locality_name}
    found = organisation.catalogue_for(desk.session, claves) if claves else {}
    return {clave: row.name for clave, row in found.items()}


def _people_in_words(difference: Difference[Line], places: Mapping[str, str]) -> Iterator[str]:
    for change in difference.changed:
        told = (_change_in_words(change, field, places) for field in _told_fields(change))
        yield f"Cambio: {change.after.name}; {'; '.join(told)}."
    for kind, people in (("Alta", difference.joined), ("Baja", difference.left)):
        for one in people:
            yield f"{kind}: {one.name}, {one.kind}, {_shown(one, 'locality', places)}."


_TITLES = {
    "name": "nombre",
    "locality": "localidad",
    "locality_name": "localidad",
    "municipality": "municipio",
    "entity": "estado",
    "kind": "tipo",
    "months": "meses",
    "amount_centavos": "importe",
    "medical_unit": "unidad médica",
    "situation": "situación",
    "remarks": "observaciones",
    "curp_mark": "CURP",
}


def _told_fields(change: Change[Line]) -> Iterator[str]:
    """Return what is told of a change: the name of a locality goes with its key."""
    return (name for name in change.fields if name != "locality_name" or "locality" not in change.fields)


def _change_in_words(change: Change[Line], field: str, places: Mapping[str, str]) -> str:
    if field == "curp_mark":
        # The books keep no CURP, only whether two are one.
        before, after = mark_of(change.before), mark_of(change.after)
        return "CURP: " + ("antes otra" if before and after else "se agregó" if after else "se quitó")
    old, new = (_shown(line, field, places) for line in (change.before, change.after))
    return f"{_TITLES[field]}: antes {old}, ahora {new}"


def _shown(line: Line, field: str, places: Mapping[str, str]) -> str:
    match field:
        case "locality" | "locality_name":
            name = line.locality_name or places.get(line.locality, "")
            return f"{name} ({line.locality})" if name else line.locality
        case "amount_centavos":
            return pesos(line.amount_centavos)
        case "months":
            return "-".join(MONTHS[int(month[5:]) - 1] for month in line.months.split(",") if month)
        case "remarks":
            return f"«{line.remarks}»" if line.remarks else "sin dato"
        case _:
            return str(getattr(line, field)) or "sin dato"


def _count(number: int, one: str, many: str) -> str:
    return f"1 {one}" if number == 1 else f"{number} {many}"


def _people_of(desk: Desk, version: ListVersionRow) -> Sequence[Line]:
    """Return the people of a version that stands."""
    marks = duplicates.curp_marks(desk.session, version.case_id, version.unit)
    lines = desk.once(lists.lines_of, version.id)
    return [_of_line(line, marks.get(line.position, "")) for line in lines] if marks else lines


def people_of_rows(desk: Desk, rows: Sequence[ListRow]) -> list[ListedPerson]:
    """Return the people of a list that came, as they are compared with those that are kept."""
    return [_of_line(lists.line_of(row), curp_mark(desk, row.curp) if row.curp else "") for row in rows]


def _of_line(line: StoredLine, mark: str) -> ListedPerson:
    return ListedPerson(
        position=line.position,
        pac=line.pac,
        ooad=line.ooad,
        entity=line.entity,
        municipality=line.municipality,
        locality_name=line.locality_name,
        locality=line.locality,
        name=line.name,
        name_norm=line.name_norm,
        kind=line.kind,
        amount_centavos=line.amount_centavos,
        months=line.months,
        medical_unit=line.medical_unit,
        situation=line.situation,
        remarks=line.remarks,
        curp_mark=mark,
    )
