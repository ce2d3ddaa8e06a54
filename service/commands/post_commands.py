"""Commands about posts: `deputy` (suplencia by oficio) and `handover` (another titular, in one act)."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.manual import add_command
from service.commands.speech import FAILED, Complaint, DataOption, JsonOption, books, say, say_json

if TYPE_CHECKING:
    from actions.arrange_post import Arranged
    from actions.desk import Desk

Role = Annotated[str, typer.Argument(help="Puesto, por ejemplo SAC.", metavar="PUESTO")]
Unit = Annotated[
    str, typer.Argument(help="Unidad, por ejemplo OOAD07-R03; PIB en el nivel central.", metavar="UNIDAD")
]
Oficio = Annotated[str, typer.Option("--oficio", help="Oficio que lo dispone.", metavar="FOLIO")]
ByWhom = Annotated[
    str, typer.Option("--as", help="Quién lo asienta: clave o correo del directorio.", metavar="PERSONA")
]
Incoming = Annotated[
    str, typer.Option("--to", help="Quién ocupa el puesto: clave o correo del directorio.", metavar="PERSONA")
]


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    add_command(
        application,
        "deputy",
        deputy,
        says="Asienta una suplencia con oficio y fechas: en esos días las solicitudes y códigos llegan a la persona suplente.",
        examples=(
            "oficialia deputy EMS OOAD07-R03 --to SAC-07-01 --from 2027-01-18 --until 2027-01-29 --oficio 9/27 --as ADMIN",
        ),
    )
    add_command(
        application,
        "handover",
        handover,
        says="Entrega un puesto a otra persona en un solo acto: pasos, hilos, plazos y listados pasan a ella, y los códigos anteriores se anulan.",
        examples=("oficialia handover SAC OOAD07-R03 --to SAC-07-09 --oficio 13/2027 --as ADMIN",),
    )


def deputy(
    role: Role,
    unit: Unit,
    to: Incoming,
    begins: Annotated[str, typer.Option("--from", help="Primer día, AAAA-MM-DD.", metavar="DÍA")],
    ends: Annotated[str, typer.Option("--until", help="Último día, AAAA-MM-DD.", metavar="DÍA")],
    oficio: Oficio,
    as_person: ByWhom,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Name a deputy for a post."""
    from actions.arrange_post import name_deputy

    from_on, to_on = _day(begins), _day(ends)
    done = _arrange(
        data,
        lambda desk: name_deputy(
            desk,
            role,
            unit,
            person=to,
            from_on=from_on,
            to_on=to_on,
            oficio=oficio,
            as_person=as_person,
        ),
    )
    if as_json:
        _tell_json(done)
        return
    say(
        f"{done.folio}: {done.incoming} actúa en {done.role} de {done.unit} por ausencia de "
        f"{done.outgoing or 'la persona titular'}, del {from_on:%d-%m-%Y} al {to_on:%d-%m-%Y}."
    )


def handover(
    role: Role,
    unit: Unit,
    to: Incoming,
    oficio: Oficio,
    as_person: ByWhom,
    on: Annotated[
        str, typer.Option("--on", help="Desde qué día, AAAA-MM-DD; sin él, desde hoy.", metavar="DÍA")
    ] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand a post over to another titular."""
    from actions.arrange_post import hand_over_post

    day = _day(on) if on else None
    done = _arrange(
        data,
        lambda desk: hand_over_post(
            desk, role, unit, person=to, on=day or desk.today, oficio=oficio, as_person=as_person
        ),
    )
    if as_json:
        _tell_json(done)
        return
    say(
        f"{done.folio}: {done.role} de {done.unit} corresponde a {done.incoming} desde el {done.from_on:%d-%m-%Y}."
    )
    if done.outgoing:
        say(f"Se anularon {done.codes_ended} códigos de {done.outgoing}.")


def _arrange(data: DataOption, act: "Callable[[Desk], Arranged]") -> "Arranged":
    from actions.arrange_post import PostNotArranged

    with books(data) as (writer, _settings):
        try:
            return writer.act(act)
        except PostNotArranged as error:
            raise Complaint(*error.reasons, status=FAILED) from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Complaint(f"«{text}» no es un día; escríbalo como 2027-01-18.") from error


def _tell_json(done: "Arranged") -> None:
    say_json(
        {
            "folio": done.folio,
            "role": done.role,
            "unit": done.unit,
            "incoming": done.incoming,
            "outgoing": done.outgoing,
            "from": done.from_on,
            "until": done.to_on,
            "codes_ended": done.codes_ended,
        }
    )
