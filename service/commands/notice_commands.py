"""Commands about the telling of volunteers: `notices status`."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from service.commands.gathering_commands import PeriodCode, UnitOption, places
from service.commands.manual import add_command, add_group
from service.commands.speech import DataOption, JsonOption, books, say, say_json, table

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from actions.desk import Desk
    from actions.show_notices import NoticeStatus, PersonTold, ToldCounts, UnitTold

HEADER = ("Unidad", "Total", "Chat", "En persona", "Teléfono", "Sin localizar", "Faltan", "Avisadas")


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    notices = add_group(
        application, "notices", says="Los avisos de la entrega a las personas voluntarias (actividad 37)."
    )
    add_command(
        notices,
        "status",
        notices_status,
        says="A cuántas personas se avisó y cómo, por región; de un ámbito, persona por persona, por su referencia y sin nombres.",
        examples=(
            "oficialia notices status 2027-B1",
            "oficialia notices status 2027-B1 --unit OOAD07-R03-PAC012",
        ),
    )


def notices_status(
    period: PeriodCode, unit: UnitOption = "", data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Show who was told of a delivery, how and when."""
    from actions.find_unit import get_case_of, get_unit
    from actions.show_notices import notice_status, people_told

    def shown(desk: "Desk") -> "tuple[NoticeStatus, str, list[PersonTold]]":
        case = get_case_of(desk, period)
        wanted = get_unit(case, unit)
        of_pac = wanted in case.tree.get("pac", [])
        return notice_status(desk, case), wanted, people_told(desk, case, wanted) if of_pac else []

    with books(data) as (writer, settings), places(period, unit):
        status, wanted, people = writer.act(shown)
        zone = settings.office.zone
    if as_json:
        say_json(_in_json(status, wanted, people))
        return
    say(f"Entrega {status.period}, del {status.t0:%d-%m-%Y} al {status.t1:%d-%m-%Y}.")
    counts = next((one.counts for one in _all_units(status) if one.unit == wanted), status.nation)
    say(f"Se avisó a {counts.told} de {counts.total} personas ({counts.percent} %).")
    say()
    for line in table([_row(one) for one in _below(status, wanted)], HEADER) if not people else ():
        say(line)
    for line in _people_in_lines(people, zone) if people else ():
        say(line)
    say()
    say(
        f"Con chat {counts.linked}; de acuerdo {counts.acknowledged}; "
        f"dicen que ya cobraron {counts.said_collected}; sin recordatorios por su decisión {counts.muted}."
    )


def _all_units(status: "NoticeStatus") -> "Iterator[UnitTold]":
    yield from (*status.ooads, *status.regions, *status.pacs)


def _below(status: "NoticeStatus", unit: str) -> "Sequence[UnitTold]":
    """Return the regions of the nation or of an OOAD, or the ámbitos of a region."""
    if any(one.unit == unit for one in status.regions):
        return [one for one in status.pacs if one.unit.startswith(f"{unit}-")]
    return [one for one in status.regions if not unit or one.unit.startswith(f"{unit}-")]


def _row(one: "UnitTold") -> tuple[object, ...]:
    counts = one.counts
    return (
        one.unit,
        counts.total,
        counts.by_chat,
        counts.in_person,
        counts.by_phone,
        counts.not_found,
        counts.not_yet,
        f"{counts.percent} %",
    )


def _people_in_lines(people: "Sequence[PersonTold]", zone: "ZoneInfo") -> Iterator[str]:
    from actions.tell_payees import HOW

    rows = [
        (
            one.reference,
            HOW[one.told],
            f"{one.told_at.astimezone(zone):%d-%m-%Y %H:%M}" if one.told_at else "",
            ", ".join(f"{kind} {at.astimezone(zone):%d-%m}" for kind, at in one.notices),
        )
        for one in people
    ]
    yield from table(rows, ("Referencia", "Aviso", "Cuándo", "Avisos"))


def _in_json(status: "NoticeStatus", unit: str, people: "Sequence[PersonTold]") -> dict[str, object]:
    def counts(one: "ToldCounts") -> dict[str, object]:
        return {**asdict(one), "told": one.told, "percent": one.percent}

    def tier(units: "Sequence[UnitTold]") -> list[dict[str, object]]:
        return [{"unit": one.unit, "name": one.name, **counts(one.counts)} for one in units]

    found: dict[str, object] = {
        "period": status.period,
        "t0": status.t0,
        "t1": status.t1,
        "nation": counts(status.nation),
        "ooads": tier(status.ooads),
        "regions": tier(status.regions),
        "pacs": tier(status.pacs),
    }
    if people:
        found["unit"] = unit
        found["people"] = [{**asdict(one), "told": one.told.value} for one in people]
    return found
