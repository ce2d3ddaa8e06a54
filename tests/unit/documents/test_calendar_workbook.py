"""The workbook of the annual calendar: what is written is read again, and what is wrong is told by cell."""

from datetime import date, datetime
from io import BytesIO

import openpyxl
import pytest

from documents.calendar_template import template_bytes, write_template
from documents.calendar_workbook import CalendarValues, DayOff, PeriodLine, read_calendar
from documents.directory.values import Weight
from procedures.working_days import Base
from tests.calendars import YEAR_2027

FILLED = CalendarValues(
    year=2027,
    approved_by="Titular de la UPIB",
    approved_on=date(2026, 11, 20),
    document="Oficio 0780/2026/15",
    base=Base.LFPA28,
    periods=tuple(
        PeriodLine(code=each.code, months=each.months, t0=each.t0, t1=each.t1, r=each.r) for each in YEAR_2027
    ),
    days_off=(
        DayOff(day=date(2027, 3, 25), reason="Jueves Santo", source="DOF"),
        DayOff(day=date(2028, 1, 3), reason="Vacaciones generales"),
    ),
)


@pytest.fixture
def edit(tmp_path):
    """Return a function that changes cells of the filled workbook, as somebody would, and reads it."""

    def change(changes, values=FILLED, sheets=()):
        book = openpyxl.load_workbook(BytesIO(template_bytes(values)))
        for name, new_name in dict(sheets).items():
            if new_name is None:
                del book[name]
            else:
                book[name].title = new_name
        for (sheet, cell), value in changes.items():
            book[sheet][cell] = value
        path = tmp_path / "calendario.xlsx"
        book.save(path)
        return read_calendar(path)

    return change


def test_a_filled_workbook_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "calendario.xlsx"
    write_template(path, FILLED)

    reading = read_calendar(path)

    assert reading.problems == ()
    assert reading.is_sound
    assert reading.values == FILLED


def test_optional_dates_are_read_by_the_names_of_the_ledger(edit):
    reading = edit(
        {
            ("Calendario", "F6"): date(2026, 12, 18),
            ("Calendario", "G6"): date(2027, 1, 15),
            ("Calendario", "N6"): date(2027, 2, 17),
        }
    )

    assert reading.values.periods[0].dates == {
        "fecha_circular_listados": date(2026, 12, 18),
        "fecha_entrega_pac": date(2027, 1, 15),
        "fecha_oficio_anticipo": date(2027, 2, 17),
    }


def test_the_dates_of_the_workbook_are_dates():
    book = openpyxl.load_workbook(BytesIO(template_bytes(FILLED)))

    assert book["Calendario"]["C6"].value == datetime(2027, 3, 1)
    assert book["Calendario"]["C6"].number_format == "dd/mm/yyyy"
    assert book["Autorización"]["B6"].value == datetime(2026, 11, 20)


def test_the_template_asks_for_the_year_once_and_for_every_date(tmp_path):
    path = tmp_path / "plantilla.xlsx"
    write_template(path)

    reading = read_calendar(path)

    told = [(problem.sheet, problem.cell, problem.code) for problem in reading.problems]
    assert told[0] == ("Autorización", "B4", "required")
    assert told[1:] == [
        ("Calendario", f"{column}{row}", "required") for row in range(6, 12) for column in "CD"
    ]


def test_a_template_of_bimesters_becomes_the_years_calendar_once_it_is_filled(edit):
    blank = CalendarValues(
        periods=tuple(
            PeriodLine(code=f"B{k}", months=(f"{2 * k - 1:02}", f"{2 * k:02}"), t0=each.t0, t1=each.t1)
            for k, each in enumerate(YEAR_2027, 1)
        )
    )

    reading = edit({("Autorización", "B4"): 2027}, values=blank)

    assert reading.problems == ()
    assert [(line.code, line.months) for line in reading.values.periods] == [
        (each.code, each.months) for each in YEAR_2027
    ]
    assert reading.values.base is Base.LFT74
    assert {line.r for line in reading.values.periods} == {None}


@pytest.mark.parametrize(
    "typed", ["01/03/2027", "1-3-2027", "1 de marzo de 2027", "2027-03-01", 46447, datetime(2027, 3, 1)]
)
def test_a_date_is_understood_however_it_was_typed(edit, typed):
    reading = edit({("Calendario", "C6"): typed})

    assert reading.problems == ()
    assert reading.values.periods[0].t0 == date(2027, 3, 1)


@pytest.mark.parametrize("months", ["enero-febrero", "ENE, FEB", "2027-01, 2027-02", "enero y febrero"])
def test_months_are_understood_however_they_were_typed(edit, months):
    assert edit({("Calendario", "B6"): months}).values.periods[0].months == ("2027-01", "2027-02")


def test_sheets_and_headers_are_known_by_other_names_too(edit):
    reading = edit(
        {
            ("CALENDARIO ANUAL", "A5"): "CLAVE DEL PERIODO",
            ("CALENDARIO ANUAL", "C5"): "T0 (inicio de la entrega)",
            ("CALENDARIO ANUAL", "D5"): "Termino de la entrega:",
            ("CALENDARIO ANUAL", "G5"): "fecha_entrega_pac",
            ("Autorización", "A5"): "Quien autoriza *",
        },
        sheets={"Calendario": "CALENDARIO ANUAL", "Días inhábiles": "dias inhabiles"},
    )

    assert reading.problems == ()
    assert reading.values == FILLED


def test_the_approval_may_stand_beneath_its_labels(edit):
    rows = {("Autorización", f"{column}{row}"): None for column in "ABC" for row in range(4, 9)}
    labels = ("Ejercicio", "Autorizado por", "Fecha", "Documento", "Base")
    values = (2027, "Titular de la UPIB", "20/11/2026", "Oficio 0780/2026/15", "LFPA 28")
    for column, label, value in zip("ABCDE", labels, values, strict=True):
        rows |= {("Autorización", f"{column}4"): label, ("Autorización", f"{column}5"): value}

    reading = edit(rows)

    assert reading.problems == ()
    assert reading.values == FILLED


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(
            {("Calendario", "D8"): "31/02/2027"},
            "hoja «Calendario», D8: «31/02/2027» no es una fecha. Escriba la fecha como día/mes/año, por ejemplo "
            "01/01/2027.",
            id="no such day",
        ),
        pytest.param(
            {("Calendario", "C7"): None},
            "hoja «Calendario», C7: Falta «T0». Escriba «T0»: Primer día de la entrega.",
            id="a date left out",
        ),
        pytest.param(
            {("Calendario", "A7"): "2027-B9"},
            "hoja «Calendario», A7: «2027-B9» no es la clave de un periodo. Escriba 2027-B1 (bimestre 1 a 6) o "
            "2027-01 (mes).",
            id="no code",
        ),
        pytest.param(
            {("Calendario", "A7"): "2026-B2"},
            "hoja «Calendario», A7: El periodo 2026-B2 no es del ejercicio 2027. Corrija el periodo, o el ejercicio "
            "en la hoja Autorización.",
            id="another year",
        ),
        pytest.param(
            {("Calendario", "A7"): "2027-b1"},
            "hoja «Calendario», A7: El periodo 2027-B1 está dos veces; ya aparece en el renglón 6. Deje un solo "
            "renglón por periodo.",
            id="a period twice",
        ),
        pytest.param(
            {("Autorización", "B4"): 27},
            "hoja «Autorización», B4: «27» no es un ejercicio fiscal. Escriba el año con cuatro dígitos, por ejemplo "
            "2027.",
            id="no year",
        ),
        pytest.param(
            {("Autorización", "B8"): "ISO"},
            "hoja «Autorización», B8: «ISO» no es un valor admitido en «Base de días inhábiles». Elija de la lista: "
            "LFT74, LFPA28, LISTA.",
            id="no base",
        ),
        pytest.param(
            {("Días inhábiles", "A7"): "25/03/2027"},
            "hoja «Días inhábiles», A7: El día 25/03/2027 está dos veces; ya aparece en el renglón 6. Deje un solo "
            "renglón por día.",
            id="a day twice",
        ),
        pytest.param(
            {("Calendario", "C5"): "Comienzo"},
            "hoja «Calendario», A5: Falta la columna «T0». Agregue la columna «T0» como en la plantilla.",
            id="a column left out",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_cell_and_how_to_mend_it(edit, changes, expected):
    assert [str(problem) for problem in edit(changes).problems] == [expected]


def test_all_problems_are_told_at_once(edit):
    reading = edit(
        {("Calendario", "C6"): "pronto", ("Calendario", "D9"): None, ("Autorización", "B6"): "ayer"}
    )

    assert [problem.cell for problem in reading.problems] == ["B6", "C6", "D9"]
    assert not reading.is_sound


def test_a_day_off_told_twice_keeps_nothing_from_being_imported(edit):
    reading = edit({("Días inhábiles", "A7"): "25/03/2027"})

    assert [problem.weight for problem in reading.problems] == [Weight.WARNING]
    assert reading.is_sound


def test_a_sheet_left_out_is_missed_but_that_of_days_off(edit):
    assert edit({}, sheets={"Días inhábiles": None}).problems == ()

    missed = edit({}, sheets={"Calendario": None, "Autorización": None}).problems
    assert [problem.says for problem in missed] == [
        "Falta la hoja «Autorización».",
        "Falta la hoja «Calendario».",
    ]


def test_what_is_no_workbook_is_told(tmp_path):
    path = tmp_path / "calendario.xlsx"
    path.write_bytes(b"not a workbook at all")

    reading = read_calendar(path)

    assert [problem.code for problem in reading.problems] == ["unreadable"]
    assert reading.values == CalendarValues()


def test_the_template_explains_every_check_and_bears_the_legend():
    book = openpyxl.load_workbook(BytesIO(template_bytes(FILLED)))

    texts = {str(cell.value) for row in book["Instrucciones"].iter_rows() for cell in row if cell.value}

    assert {f"F-{number}" for number in range(1, 9)} <= texts
    assert any("ajeno a cualquier partido político" in text for text in texts)
    assert any("05-feb, 21-mar" in text for text in texts)
