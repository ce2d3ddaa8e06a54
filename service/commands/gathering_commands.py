"""Commands about the gathering of a period's lists: `lists duplicates`, `lists decide`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.manual import add_command
from service.commands.speech import (
    FAILED,
    Complaint,
    DataOption,
    JsonOption,
    books,
    existing_file,
    say,
    say_json,
    table,
)

if TYPE_CHECKING:
    from actions.desk import Desk
    from actions.explain_lists import Explanation
    from actions.show_deliveries import Deliveries
    from actions.show_duplicates import ShownDuplicate
    from actions.show_headcounts import OoadHeadcount
    from procedures.lists.totals import Totals

_MOST_LISTS = 40
"""So many lists are told one by one; those of a nation by their number."""
PeriodCode = Annotated[str, typer.Argument(help="Periodo, por ejemplo 2027-B1.", metavar="PERIODO")]
UnitOption = Annotated[
    str,
    typer.Option(
        "--unit",
        help="Sólo esta unidad: OOAD07, OOAD07-R03 o su nombre. Sin ella, todo el país.",
        metavar="UNIDAD",
    ),
]
Actor = Annotated[
    str, typer.Option("--as", help="Quién lo hace: clave o correo del directorio.", metavar="PERSONA")
]


def register(lists: typer.Typer) -> None:
    """Add the commands to the group of those about lists."""
    add_command(
        lists,
        "explain",
        lists_explain,
        says="Por qué cambian los totales de un nivel a otro y de una versión a otra: renglón por renglón, quién, cuándo y con qué folio. Sólo muestra nombres a quien puede verlos (--as y --reason).",
        examples=(
            "oficialia lists explain 2027-B1 --ooad Oaxaca",
            "oficialia lists explain 2027-B1 --unit OOAD07-R03 --from A08 --to A14",
            "oficialia lists explain 2027-B1 --ooad Oaxaca --as CACYPCS --reason 'aclaración con la JSPM'",
        ),
    )
    add_command(
        lists,
        "missing",
        lists_missing,
        says="Quién no ha enviado su listado: pendiente, vencido, con errores; y aparte lo entregado, lo que tiene excepción y lo que declaró no tener voluntarios. Termina con 1 si alguno está vencido.",
        examples=(
            "oficialia lists missing 2027-B1",
            "oficialia lists missing 2027-B1 --unit OOAD07 --level LVR",
            "oficialia lists missing 2027-B1 --all",
        ),
    )
    add_command(
        lists,
        "remind",
        lists_remind,
        says="Recuerda por correo a los PAC de los que falta el listado, y sólo a ellos: una vez al día como máximo.",
        examples=("oficialia lists remind 2027-B1 --unit OOAD07-R03 --as SAC-07-03",),
    )
    add_command(
        lists,
        "reopen",
        lists_reopen,
        says="Reabre el listado ya autorizado de un periodo, con su motivo, a nombre de la CACyPCS; las actividades 25 a 32 quedan sin efecto.",
        examples=("oficialia lists reopen 2027-B1 --reason 'se omitió a una persona' --as CACYPCS",),
    )
    add_command(
        lists,
        "headcount",
        lists_headcount,
        says="Cuántas personas enlista cada OOAD y cuántas tiene autorizadas, en total y por tipo. Con --document, la CACyPCS autoriza el exceso de un OOAD. Termina con 1 si alguno excede.",
        examples=(
            "oficialia lists headcount 2027-B1",
            "oficialia lists headcount 2027-B1 --ooad Oaxaca --document oficio.pdf --reason 'UPIB/045/2027' --as CACYPCS",
        ),
    )
    add_command(
        lists,
        "duplicates",
        lists_duplicates,
        says="Quienes figuran más de una vez: qué puesto decide, y qué se decidió. No muestra nombres.",
        examples=(
            "oficialia lists duplicates 2027-B1",
            "oficialia lists duplicates 2027-B1 --unit OOAD07-R03",
        ),
    )
    add_command(
        lists,
        "decide",
        lists_decide,
        says="Asienta la decisión sobre un duplicado a nombre de quien le corresponde: lo mismo que contestar DECIDO.",
        examples=(
            "oficialia lists decide 3 --option 1 --reason 'vive y participa ahí' --as SAC-07-03",
            "oficialia lists decide 3 --option 1 --option 3 --reason 'la segunda es la misma' --as SAC-07-03",
        ),
    )


@contextmanager
def places(period: str, unit: str) -> Iterator[None]:
    """Complain of a period or a unit that nobody knows."""
    from actions.find_unit import NoSuchPeriod, NoSuchUnit

    try:
        yield
    except NoSuchPeriod as error:
        raise Complaint(
            f"El periodo {period} no está abierto.",
            "Vea los que hay con «oficialia period status».",
            status=FAILED,
        ) from error
    except NoSuchUnit as error:
        raise Complaint(
            f"En {period} no hay una unidad «{unit}», o hay varias así; indíquela con su clave, por ejemplo OOAD07-R03."
        ) from error


# ------------------------------------------------------------------ duplicates


def lists_duplicates(
    period: PeriodCode, unit: UnitOption = "", data: DataOption = None, as_json: JsonOption = False
) -> None:
    """List the duplicates of a period, those to be decided first."""
    from actions.find_unit import get_case_of, get_unit
    from actions.show_duplicates import show_duplicates

    with books(data) as (writer, _settings), places(period, unit):

        def shown(desk: "Desk") -> "list[ShownDuplicate]":
            case = get_case_of(desk, period)
            return show_duplicates(desk, case, get_unit(case, unit))

        found = writer.act(shown)
    if as_json:
        say_json({"period": period, "duplicates": [each.to_json() for each in found]})
        return
    if not found:
        say("No hay duplicados.")
        return
    for line in table([_row(each) for each in found], ("Núm.", "Clave", "Decide", "Registros", "Decisión")):
        say(line)


def _row(each: "ShownDuplicate") -> tuple[str, ...]:
    return (str(each.number), each.code, each.decides, "; ".join(each.records), each.decision)


def lists_decide(
    number: Annotated[
        int,
        typer.Argument(help="Número del duplicado, como lo muestra «lists duplicates».", metavar="NÚMERO"),
    ],
    options: Annotated[
        list[int],
        typer.Option(
            "--option",
            help="Registro que se conserva (puede repetirse); el número siguiente al último es «son personas distintas».",
            metavar="N",
        ),
    ],
    reason: Annotated[str, typer.Option("--reason", help="Por qué.", metavar="MOTIVO")],
    as_person: Actor,
    data: DataOption = None,
) -> None:
    """Record the decision of a named person about a duplicate."""
    from actions.decide_duplicate import DecisionRefused, decide_at_keyboard

    with books(data) as (writer, _settings):
        outcome = writer.act(decide_at_keyboard, number, options, reason=reason, as_person=as_person)
    if isinstance(outcome, DecisionRefused):
        raise Complaint(outcome.reason, status=FAILED)
    say(f"Quedó asentado: {outcome}")


# ------------------------------------------------------------------ explain


def lists_explain(
    period: PeriodCode,
    unit: UnitOption = "",
    ooad: Annotated[
        str, typer.Option("--ooad", help="Lo mismo que --unit, para un OOAD.", metavar="OOAD")
    ] = "",
    since: Annotated[
        str, typer.Option("--from", help="Actividad desde la que se explica.", metavar="ACTIVIDAD")
    ] = "A08",
    until: Annotated[
        str, typer.Option("--to", help="Actividad hasta la que se explica.", metavar="ACTIVIDAD")
    ] = "A27",
    as_person: Annotated[
        str, typer.Option("--as", help="Quién pregunta; con él se muestran los nombres.", metavar="PERSONA")
    ] = "",
    reason: Annotated[
        str, typer.Option("--reason", help="Para qué se piden los nombres.", metavar="MOTIVO")
    ] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain the totals of a unit, tier by tier and version by version."""
    from actions.explain_lists import explain_lists
    from actions.see_lists import NotTheirs, name_people

    place = unit or ooad
    with books(data) as (writer, _settings), places(period, place):

        def explained(desk: "Desk") -> "Explanation":
            if not as_person:
                return explain_lists(desk, period, place, since=_activity(since), until=_activity(until))
            scope = name_people(desk, period, place, as_person=as_person, reason=reason)
            return explain_lists(
                desk, period, place, since=_activity(since), until=_activity(until), scope=scope, names=True
            )

        try:
            told = writer.act(explained)
        except NotTheirs as error:
            raise Complaint(str(error), status=FAILED) from error
    if as_json:
        say_json(told.to_json())
    else:
        for line in explained_in_lines(told):
            say(line)
    if not told.whole:
        raise typer.Exit(FAILED)


def _activity(named: str) -> str:
    code = named.upper()
    if not (code[:1] == "A" and code[1:].isdigit()):
        raise Complaint(f"«{named}» no es una actividad; se escriben como A10.")
    return f"A{int(code[1:]):02}"


def explained_in_lines(told: "Explanation") -> Iterator[str]:
    """Yield an explanation for a person at a terminal, the answer first."""
    yield f"{told.where}, periodo {told.period}: {told.headline}"
    yield ""
    rows = []
    earlier = None
    for tier in told.tiers:
        change = f"{tier.totals.rows - earlier:+}" if earlier is not None else ""
        earlier = tier.totals.rows
        rows.append((tier.title, *_totals_in_cells(tier.totals), change))
    if rows:
        yield from table(rows, ("Listado", "Renglones", "VRS", "PVR", "Importe", "Dif."))
    if told.rejected:
        yield ""
        yield f"De los libros recibidos faltan por corregir {len(told.rejected)} renglones:"
        yield from (f"  {line.text}" for line in told.rejected)
    for passage in (*told.passages, *told.versions):
        if not passage.lines and passage.whole:
            continue
        yield ""
        yield f"{passage.title}: {passage.before.rows} → {passage.after.rows} ({passage.change:+})"
        if passage.by:
            yield f"  {passage.by}"
        yield from (f"  {line.rows:+}  {line.text}" for line in passage.lines)
        if not passage.whole:
            yield "  Los renglones no explican toda la diferencia: los libros se alteraron («oficialia verify»)."
    if told.jumps:
        yield ""
        yield "Diferencias de más de una décima con el periodo anterior:"
        yield from (f"  {jump}" for jump in told.jumps)
    for tier in told.tiers:
        yield ""
        yield f"{tier.title}:"
        if len(tier.lists) <= _MOST_LISTS:
            yield from (f"  {line}" for line in tier.lists)
        else:
            yield f"  {len(tier.lists)} listados; con --unit se ven uno por uno."
        if tier.missing:
            yield f"  Sin listado: {', '.join(tier.missing)}"
        yield from (
            f"    {'  '.join(cells)}"
            for cells in ((place, *_totals_in_cells(totals)) for place, totals in tier.by_ambito.items())
        )
    if told.exceptions:
        yield ""
        yield "Excepciones:"
        yield from (f"  {line}" for line in told.exceptions)


def _totals_in_cells(totals: "Totals") -> tuple[str, ...]:
    return (str(totals.rows), str(totals.vrs), str(totals.pvr), f"${totals.amount:,.2f}")


# ------------------------------------------------------------------ who has not sent


class Level(StrEnum):
    """The tiers that deliver upwards."""

    LVP = "LVP"
    LVR = "LVR"
    LVO = "LVO"


def lists_missing(
    period: PeriodCode,
    unit: UnitOption = "",
    level: Annotated[
        Level,
        typer.Option("--level", help="LVP (los PAC), LVR (las regiones) o LVO (los OOAD).", metavar="NIVEL"),
    ] = Level.LVP,
    every: Annotated[bool, typer.Option("--all", help="Muestra también a quienes ya enviaron.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say who has not sent a list."""
    from actions.find_unit import get_case_of, get_unit
    from actions.show_deliveries import in_words, show_deliveries
    from storage.lists import ListLevel

    with books(data) as (writer, _settings), places(period, unit):

        def shown(desk: "Desk") -> "Deliveries":
            case = get_case_of(desk, period)
            return show_deliveries(desk, case, get_unit(case, unit), ListLevel(level.value))

        found = writer.act(shown)
    if as_json:
        say_json(found.to_json())
    else:
        say(f"{found.where}, periodo {found.period}: {found.headline}")
        for one in found.missing:
            say(f"  {in_words(one)}")
        if every:
            for one in found.units:
                if not one.state.is_missing:
                    say(f"  {in_words(one)}")
    if any(one.late for one in found.missing):
        raise typer.Exit(FAILED)


def lists_remind(
    period: PeriodCode,
    as_person: Actor,
    unit: UnitOption = "",
    data: DataOption = None,
) -> None:
    """Remind exactly those whose list is missing."""
    from actions.remind_missing import remind_at_keyboard
    from actions.see_lists import NotTheirs

    with books(data) as (writer, _settings), places(period, unit):
        try:
            told = writer.act(remind_at_keyboard, period, unit, as_person=as_person)
        except NotTheirs as error:
            raise Complaint(str(error), status=FAILED) from error
    say(told)


# ------------------------------------------------------------------ headcount


def lists_headcount(
    period: PeriodCode,
    ooad: Annotated[str, typer.Option("--ooad", help="Sólo este OOAD. Sin él, todos.", metavar="OOAD")] = "",
    document: Annotated[
        Path | None,
        typer.Option(
            "--document", help="Documento con que la CACyPCS autoriza el exceso del OOAD.", metavar="ARCHIVO"
        ),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Motivo de la excepción.", metavar="MOTIVO")] = "",
    as_person: Annotated[
        str, typer.Option("--as", help="Quién la autoriza: clave o correo del directorio.", metavar="PERSONA")
    ] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how many people each OOAD lists and may list; with a document, except one."""
    from actions.find_unit import get_case_of, get_unit
    from actions.grant_headcount import GrantRefused, grant_at_keyboard
    from actions.see_lists import NotTheirs
    from actions.show_headcounts import show_headcounts

    with books(data) as (writer, _settings), places(period, ooad):
        if document is not None:
            if not (ooad and as_person):
                raise Complaint("Para autorizar un exceso indique también --ooad y --as.")
            content = existing_file(document).read_bytes()
            try:
                outcome = writer.act(
                    grant_at_keyboard,
                    period,
                    ooad,
                    reason=reason,
                    document=(document.name, content),
                    as_person=as_person,
                )
            except NotTheirs as error:
                raise Complaint(str(error), status=FAILED) from error
            if isinstance(outcome, GrantRefused):
                raise Complaint(outcome.reason, status=FAILED)
            say(outcome)
            return

        def shown(desk: "Desk") -> "list[OoadHeadcount]":
            case = get_case_of(desk, period)
            return show_headcounts(desk, case, get_unit(case, ooad))

        found = writer.act(shown)
    if as_json:
        say_json({"period": period, "ooads": [asdict(each) for each in found]})
    else:
        rows = [
            (
                each.name,
                each.listed.rows,
                each.listed.vrs,
                each.listed.pvr,
                each.authorised,
                "; ".join(each.excess) or each.document,
            )
            for each in found
        ]
        for line in table(rows, ("OOAD", "Enlistadas", "VRS", "PVR", "Autorizadas", "Nota")):
            say(line)
        for each in found:
            if each.exception:
                say(f"  {each.exception}")
    if any(each.excess for each in found):
        raise typer.Exit(FAILED)


# ------------------------------------------------------------------ reopening


def lists_reopen(
    period: PeriodCode,
    reason: Annotated[str, typer.Option("--reason", help="Por qué se reabre.", metavar="MOTIVO")],
    as_person: Actor,
    data: DataOption = None,
) -> None:
    """Take the authorisation of a period's list back, on behalf of CACyPCS."""
    from actions.reopen_lists import NotReopened, reopen_lists
    from actions.see_lists import NotTheirs

    with books(data) as (writer, _settings), places(period, ""):
        try:
            outcome = writer.act(reopen_lists, period, reason=reason, as_person=as_person)
        except NotTheirs as error:
            raise Complaint(str(error), status=FAILED) from error
    if isinstance(outcome, NotReopened):
        raise Complaint(outcome.reason, status=FAILED)
    say(outcome)
