"""Commands about the gathering of a period's lists: `lists duplicates`, `lists decide`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.manual import add_command
from service.commands.speech import FAILED, Complaint, DataOption, JsonOption, books, say, say_json, table

if TYPE_CHECKING:
    from actions.desk import Desk
    from actions.show_duplicates import ShownDuplicate

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
