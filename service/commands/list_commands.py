"""Commands about lists: `lists print`, `export`, `compare`, `password`."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands import gathering_commands
from service.commands.manual import add_command, add_group
from service.commands.speech import (
    FAILED,
    Complaint,
    DataOption,
    JsonOption,
    books,
    existing_file,
    new_file,
    say,
    say_json,
)

if TYPE_CHECKING:
    from actions.desk import Desk
    from documents.layout import Layout, LayoutLine
    from documents.list_workbook import ConsolidatedList
    from documents.printed_list import PrintedList

Period = Annotated[str, typer.Argument(help="Periodo, por ejemplo 2027-B1.", metavar="PERIODO")]
UnitOption = Annotated[
    str,
    typer.Option(
        "--unit", help="Unidad, por ejemplo OOAD07-R03; sin ella, el listado nacional.", metavar="UNIDAD"
    ),
]
PersonOption = Annotated[
    str, typer.Option("--as", help="Para quién es: clave o correo del directorio.", metavar="PERSONA")
]
ReasonOption = Annotated[
    str,
    typer.Option("--reason", help="Para qué; queda en la bitácora y en cada página.", metavar="MOTIVO"),
]
LevelOption = Annotated[
    str,
    typer.Option("--level", help="LVP, LVR, LVO, LVN o LD; sin él, el más avanzado.", metavar="NIVEL"),
]


class Form(StrEnum):
    """As what a list is written to a file."""

    XLSX = "xlsx"
    LAYOUT = "layout"
    LAYOUT_XLSX = "layout-xlsx"


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    lists = add_group(
        application,
        "lists",
        says="Los listados: imprimirlos y exportarlos, a nombre de quien puede verlos; quién figura dos veces.",
    )
    add_command(
        lists,
        "print",
        lists_print,
        says="Imprime un listado en PDF, con encabezado, totales, huella y un código en cada página; el nacional, un archivo por OOAD.",
        examples=(
            "oficialia lists print 2027-B1 --unit OOAD07-R03 --as SAC-07-03 --reason 'para rúbrica'",
            "oficialia lists print 2027-B1 --to impresos --as CFI --reason 'entrega a la UPIB (act. 32)'",
        ),
    )
    add_command(
        lists,
        "export",
        lists_export,
        says="Escribe un listado en un archivo: libro de Excel para leer, o el layout del Prestador de Servicios.",
        examples=(
            "oficialia lists export 2027-B1 lvo.xlsx --unit OOAD07 --as JSPM-07 --reason 'revisión'",
            "oficialia lists export 2027-B1 ld.csv --form layout --as CPEEYPB --reason 'cotejo 5.2.4'",
        ),
    )
    add_command(
        lists,
        "compare",
        lists_compare,
        says="Coteja un archivo con el listado definitivo, en cualquiera de sus formas, y dice en qué renglón difiere (5.2.4). Termina con 1 si no es el mismo.",
        examples=("oficialia lists compare 2027-B1 anexo.xlsx --as CFI",),
    )
    add_command(
        lists,
        "password",
        lists_password,
        says="Dice la contraseña del archivo para el Prestador de Servicios a quien consta en la relación comunicada a él (5.2.3).",
        examples=("oficialia lists password 2027-B1 --as CPEEYPB",),
    )
    gathering_commands.register(lists)


def lists_print(
    period: Period,
    as_person: PersonOption,
    reason: ReasonOption,
    unit: UnitOption = "",
    level: LevelOption = "",
    to: Annotated[
        Path, typer.Option("--to", help="Carpeta en que se escriben los archivos.", metavar="CARPETA")
    ] = Path(),
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a list, one file a unit."""
    from actions.export_list import ExportRefused, export_prints
    from documents.printed_list import make_print

    to.mkdir(parents=True, exist_ok=True)
    with books(data) as (writer, _settings):

        def ordered(desk: "Desk") -> "list[tuple[str, PrintedList]]":
            return export_prints(desk, period, unit, as_person=as_person, reason=reason, level=level)

        try:
            prints = writer.act(ordered)
        except ExportRefused as error:
            raise Complaint(str(error), status=FAILED) from error
        paths = [(new_file(to / name), printed) for name, printed in prints]
        for path, printed in paths:
            made = make_print(writer.workshop, printed)
            path.write_bytes(made.content)
            if as_json:
                say_json({"file": str(path), "pages": made.pages, "rows": len(printed.rows)})
            else:
                say(f"{path}: {len(printed.rows)} registros en {made.pages} páginas.")


def lists_export(
    period: Period,
    file: Annotated[Path, typer.Argument(help="Archivo por escribir.", metavar="ARCHIVO")],
    as_person: PersonOption,
    reason: ReasonOption,
    unit: UnitOption = "",
    level: LevelOption = "",
    form: Annotated[
        Form,
        typer.Option(
            "--form",
            help="xlsx (para leer), layout (el archivo del Prestador) o layout-xlsx (lo mismo en Excel).",
            metavar="FORMA",
        ),
    ] = Form.XLSX,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a list to a file."""
    from actions.export_list import ExportRefused, export_layout, export_workbook
    from documents.layout import write_layout
    from documents.list_workbook import make_list_workbook

    new_file(file)
    with books(data) as (writer, _settings):

        def consolidated(desk: "Desk") -> "ConsolidatedList":
            return export_workbook(desk, period, unit, as_person=as_person, reason=reason, level=level)

        def laid_out(desk: "Desk") -> "tuple[Layout, list[LayoutLine]]":
            return export_layout(desk, period, as_person=as_person, reason=reason)

        try:
            if form is Form.XLSX:
                shown = writer.act(consolidated)
                make_list_workbook(writer.workshop, file, shown)
                rows = len(shown.rows)
            else:
                layout, lines = writer.act(laid_out)
                written = write_layout(lines, layout.as_workbook() if form is Form.LAYOUT_XLSX else layout)
                file.write_bytes(written.content)
                rows = len(written.written)
        except ExportRefused as error:
            raise Complaint(str(error), status=FAILED) from error
    if as_json:
        say_json({"file": str(file), "rows": rows})
    else:
        say(f"{file}: {rows} registros.")


def lists_compare(
    period: Period,
    file: Annotated[Path, typer.Argument(help="Archivo por cotejar.", metavar="ARCHIVO")],
    as_person: PersonOption,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare a file with the listado definitivo; exit status 1 says that it is another one."""
    from actions.compare_list import ComparisonRefused, definitive_list, note_comparison
    from documents.same_file import MOST_SHOWN, NotAList, compare_file

    path = existing_file(file)
    with books(data) as (writer, _settings):
        try:
            definitive = writer.act(lambda desk: definitive_list(desk, period, as_person=as_person))
            found = compare_file(
                writer.workshop,
                path,
                layout_text=definitive.layout_text,
                lines=definitive.lines,
                ooads=definitive.ooads,
                months=definitive.months,
            )
        except ComparisonRefused as error:
            raise Complaint(str(error), status=FAILED) from error
        except NotAList as error:
            raise Complaint(
                f"«{file}» no es ninguna de las formas del listado definitivo: ni el layout del Prestador ni su libro de Excel.",
                status=FAILED,
            ) from error
        writer.act(
            lambda desk: note_comparison(
                desk, period, as_person=as_person, file=path.name, differences=len(found.differences)
            )
        )
    if as_json:
        say_json(
            {
                "same": found.is_same,
                "lines": found.lines,
                "total": found.total,
                "digest": found.digest,
                "list_digest": definitive.digest,
                "differences": [
                    {
                        "reference": one.reference,
                        "column": one.column,
                        "expected": one.expected,
                        "found": one.found,
                    }
                    for one in found.differences
                ],
            }
        )
    elif found.is_same:
        say(
            f"✔ Es el mismo listado (versión {definitive.version}): {found.lines} registros, ${found.total:,.2f}, "
            f"huella {found.digest[:10]}."
        )
    else:
        say(
            f"✘ No es el listado definitivo, versión {definitive.version}: {len(found.differences)} diferencias."
        )
        for one in found.differences[:MOST_SHOWN]:
            what = f"{one.column}: {one.expected} → {one.found}" if one.column else one.found
            say(f"  {one.reference}: {what}")
        if len(found.differences) > MOST_SHOWN:
            say(f"  … y {len(found.differences) - MOST_SHOWN} más")
    if not found.is_same:
        raise typer.Exit(FAILED)


def lists_password(period: Period, as_person: PersonOption, data: DataOption = None) -> None:
    """Tell the password of the file for the PS."""
    from actions.compare_list import ComparisonRefused, tell_password

    with books(data) as (writer, _settings):
        try:
            password = writer.act(lambda desk: tell_password(desk, period, as_person=as_person))
        except ComparisonRefused as error:
            raise Complaint(str(error), status=FAILED) from error
    say(password)
