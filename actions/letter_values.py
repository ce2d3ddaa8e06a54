"""What letters say in common: periods and units in words, totals, who signs, what is to be answered."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from actions.check_headcounts import exceptions_in_words
from actions.desk import Desk
from actions.find_addressees import addressees
from actions.read_case import read_situation, working_days
from actions.say_who_acts import acting_for
from procedures import engine
from procedures.engine import Instance
from procedures.lists.digest import short_digest
from procedures.situation import Situation
from storage import cases, lists, organisation, periods
from storage.cases import CaseRow
from storage.lists import ListLevel, ListVersionRow

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip


def period_in_words(desk: Desk, case: CaseRow) -> str:
    """Return the months of a period as the office writes them: "enero-febrero 2027"."""
    months = desk.once(periods.get_period, case.period).months
    names = [MONTHS[int(month[5:]) - 1] for month in months]
    return f"{'-'.join(dict.fromkeys((names[0], names[-1])))} {months[-1][:4]}"


def months_in_words(desk: Desk, case: CaseRow) -> str:
    """Return the months to be covered: "enero y febrero de 2027"."""
    months = desk.once(periods.get_period, case.period).months
    names = [MONTHS[int(month[5:]) - 1] for month in months]
    listed = " y ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
    return f"{listed} de {months[-1][:4]}"


def name_of(case: CaseRow, unit: str) -> str:
    """Return how a unit is called in the expediente."""
    return str(case.facts.get(unit, {}).get("name") or unit or "Nivel central")


def unit_in_words(case: CaseRow, unit: str) -> str:
    """Return a unit with what it lies in: "PAC012 Chenalhó, región 03 Altos, OOAD Chiapas"."""
    parts = []
    while unit:
        short = unit.rsplit("-", 1)[-1]
        name = name_of(case, unit)
        if unit in case.tree.get("ooad", []):
            parts.append(f"OOAD {name}")
        elif unit in case.tree.get("region", []):
            parts.append(f"región {short.removeprefix('R')} {name}")
        else:
            parts.append(f"{short} {name}")
        unit = case.parents.get(unit, "")
    return ", ".join(parts) or "Nivel central"


def short_name(case: CaseRow, unit: str) -> str:
    """Return a unit alone, without what it lies in: "región 03 Altos"; the nation as what its list is."""
    return unit_in_words(case, unit).split(",")[0] if unit else "Listado nacional"


def totals_of(version: ListVersionRow) -> dict[str, Any]:
    """Return the totals of a list."""
    return {
        "rows": version.rows,
        "vrs": version.vrs,
        "pvr": version.pvr,
        "amount": Decimal(version.total_centavos) / 100,
    }


def breakdown_of(case: CaseRow, versions: Sequence[ListVersionRow]) -> list[dict[str, Any]]:
    """Return the totals of the lists that make up another."""
    return [{"unit": unit_in_words(case, row.unit).split(",")[0], **totals_of(row)} for row in versions]


def parents_of(desk: Desk, version: ListVersionRow) -> list[ListVersionRow]:
    """Return the lists from which one was integrated."""
    return lists.versions_by_id(desk.session, version.parents)


def list_values(
    desk: Desk, case: CaseRow, level: ListLevel, unit: str
) -> tuple[ListVersionRow, dict[str, Any]]:
    """Return the current list of a unit with what letters say of it.

    Raises:
        LookupError: there is none.
    """
    version = lists.latest_version(desk.session, case.id or 0, level, unit)
    if version is None:
        message = f"no {level.value} of {unit or 'the nation'}"
        raise LookupError(message)
    return version, {
        "period": period_in_words(desk, case),
        "version": version.version,
        "totals": totals_of(version),
        "digest": short_digest(version.digest),
    }


def signer(desk: Desk, role: str, unit: str) -> dict[str, str]:
    """Return on whose behalf a letter goes, and in whose absence; the post itself where nobody holds it."""
    found = addressees(desk, role, unit)
    if found:
        absence = acting_for(desk, found[0].person_id, role, unit)
        return {"name": found[0].name, "cargo": found[0].cargo or role, "absence": absence}
    return {"name": "", "cargo": role, "absence": ""}


def due_values(desk: Desk, situation: Situation, instance: Instance) -> dict[str, Any]:
    """Return until when a step is on time, and how that was reached."""
    due = engine.due(situation, instance, working_days(desk))
    return {"due": due.on if due else None, "due_reason": due.reason if due else ""}


def due_of(desk: Desk, case: CaseRow, step: str, unit: str) -> date | None:
    """Return the due date of a step of a unit."""
    due = engine.due(read_situation(desk, case), Instance(step, unit), working_days(desk))
    return due.on if due else None


def circular_folio(case: CaseRow) -> str:
    """Return the folio of the circular of an expediente: its own number and year."""
    return f"{case.id:03d}/{case.period[:4]}"


def region_name(case: CaseRow, unit: str) -> str:
    """Return a region as letters name it: "03 San Cristóbal"."""
    region = organisation.region_of(unit)
    return f"{region.rsplit('-R', 1)[-1]} {name_of(case, region)}"


def exceptions_of(desk: Desk, case: CaseRow, unit: str) -> list[str]:
    """Return what was excepted under a unit, in words."""
    excused = [
        f"{unit_in_words(case, row.unit).split(',')[0]}: excepción del {row.on:%d-%m-%Y}. {row.text}".strip()
        for row in cases.excepted_steps(desk.session, case.id)
        if row.step in {"A08", "A12", "A23"} and (not unit or row.unit.startswith(unit))
    ]
    return [*excused, *exceptions_in_words(desk, case, unit)]
