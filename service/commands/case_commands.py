"""Commands of the payout cases: `cases list`, `cases show`, `cases close`, `cases follow-up`."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.manual import add_command, add_group
from service.commands.speech import FAILED, Complaint, DataOption, JsonOption, books, say, say_json, table

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from actions.show_payout_cases import CasePage

Folio = Annotated[str, typer.Argument(help="Folio del caso, por ejemplo P-2027-B1-0001.", metavar="FOLIO")]


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = add_group(
        application, "cases", says="Los casos de personas que no pueden cobrar (actividades 38 a 40)."
    )
    add_command(
        group,
        "list",
        cases_list,
        says="Los casos de un periodo: folio, ámbito, motivo y en qué van; sin nombres, y sin el motivo de los reservados.",
        examples=(
            "oficialia cases list 2027-B1",
            "oficialia cases list 2027-B1 --unit OOAD07-R03 --all",
        ),
    )
    add_command(
        group,
        "show",
        cases_show,
        says="La página de un caso: qué pasó, cuándo y quién lo hizo. Con --as, también de quién se trata, si el puesto puede verlo; queda en la bitácora.",
        examples=(
            "oficialia cases show P-2027-B1-0001",
            "oficialia cases show P-2027-B1-0001 --as SAC-07-03",
        ),
    )
    add_command(
        group,
        "close",
        cases_close,
        says="Decide el tratamiento de un caso a nombre de la CACyPCS, como el formulario que recibe por correo.",
        examples=(
            "oficialia cases close P-2027-B1-0001 resuelto --reason 'la oficina corrigió el nombre' --as CACYPCS",
        ),
    )
    add_command(
        group,
        "follow-up",
        cases_follow_up,
        says="Dice si los casos en aclaración se consultan por correo al Prestador, sólo por su referencia (AMB-17). Lo decide la CACyPCS.",
        examples=(
            "oficialia cases follow-up --on --as CACYPCS",
            "oficialia cases follow-up --off --as CACYPCS",
        ),
    )


def cases_list(
    period: Annotated[str, typer.Argument(help="Periodo, por ejemplo 2027-B1.", metavar="PERIODO")],
    unit: Annotated[
        str, typer.Option("--unit", help="Sólo esta unidad: OOAD, región o PAC.", metavar="UNIDAD")
    ] = "",
    state: Annotated[str, typer.Option("--state", help="Sólo los de este estado.", metavar="ESTADO")] = "",
    every: Annotated[bool, typer.Option("--all", help="También los que ya terminaron.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the cases of a period."""
    from actions.show_payout_cases import NotShown, list_payout_cases

    with books(data) as (writer, _settings):
        try:
            found = writer.act(list_payout_cases, period, unit=unit, every=every, state=state)
        except NotShown as error:
            raise Complaint(str(error), status=FAILED) from error
    if as_json:
        say_json({"cases": [asdict(one) for one in found]})
        return
    if not found:
        say("No hay casos abiertos." if not every and not state else "No hay casos.")
        return
    rows = [
        (
            one.folio or "aviso",
            one.unit,
            one.reason if len(one.reason) <= _WIDEST else f"{one.reason[: _WIDEST - 1]}…",
            one.state_in_words,
            f"{one.detected_on:%d-%m-%Y}",
        )
        for one in found
    ]
    for line in table(rows, ("Folio", "Ámbito", "Motivo", "En qué va", "Desde")):
        say(line)


_WIDEST = 32


def cases_show(
    folio: Folio,
    as_person: Annotated[
        str, typer.Option("--as", help="Quién consulta: clave o correo del directorio.", metavar="PERSONA")
    ] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the page of a case."""
    from actions.show_payout_cases import NotShown, show_payout_case

    with books(data) as (writer, settings):
        try:
            page = writer.act(show_payout_case, folio, as_person=as_person)
        except NotShown as error:
            raise Complaint(str(error), status=FAILED) from error
        zone = settings.office.zone
    if as_json:
        say_json(asdict(page))
        return
    for line in _in_lines(page, zone):
        say(line)


def _in_lines(page: "CasePage", zone: "ZoneInfo") -> Iterator[str]:
    one = page.summary
    yield f"Caso {one.folio}: {one.state_in_words}."
    yield f"  {one.where}"
    yield f"  {one.reason}; se detectó el {one.detected_on:%d-%m-%Y}."
    if page.content is not None:
        content = page.content
        yield f"  {content.name}, {content.locality}, referencia {content.reference}"
        yield f"  Motivo: {content.reason}"
        for label, value in (
            ("Detalle", content.detail),
            ("Oficina", content.office),
            ("Resolución", content.resolution),
        ):
            if value:
                yield f"  {label}: {value}"
    yield ""
    for event in page.events:
        parts = [part for part in (event.state, event.note, event.letter) if part]
        yield f"{event.at.astimezone(zone):%d-%m-%Y %H:%M}  {event.who}: {'; '.join(parts) or 'comentario'}"


def cases_close(
    folio: Folio,
    outcome: Annotated[
        str,
        typer.Argument(help="aclaracion, resuelto, no-resuelto o improcedente.", metavar="TRATAMIENTO"),
    ],
    reason: Annotated[str, typer.Option("--reason", help="El motivo.", metavar="MOTIVO")],
    as_person: Annotated[
        str, typer.Option("--as", help="Quién decide: clave o correo del directorio.", metavar="PERSONA")
    ],
    data: DataOption = None,
) -> None:
    """Decide a case."""
    from actions.decide_payout_case import NotDecided, decide_case

    with books(data) as (writer, _settings):
        try:
            told = writer.act(decide_case, folio, outcome, reason, as_person=as_person)
        except NotDecided as error:
            raise Complaint(str(error), status=FAILED) from error
    say(told)


def cases_follow_up(
    on: Annotated[bool, typer.Option("--on/--off", help="Si se consulta al Prestador o no.")],
    as_person: Annotated[
        str, typer.Option("--as", help="Quién decide: clave o correo del directorio.", metavar="PERSONA")
    ],
    data: DataOption = None,
) -> None:
    """Say whether the PS is asked about cases."""
    from actions.decide_payout_case import NotDecided, set_follow_up

    with books(data) as (writer, _settings):
        try:
            writer.act(set_follow_up, on=on, as_person=as_person)
        except NotDecided as error:
            raise Complaint(str(error), status=FAILED) from error
    say(f"Los casos en aclaración {'se consultan' if on else 'no se consultan'} al Prestador de Servicios.")
