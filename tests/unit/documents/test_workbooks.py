"""Lists as PACs send them: whatever programme saved them, the rows come out as people see them."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from documents.list_mark import check_mark
from documents.raw_lists import raw_list_from_json, raw_list_to_json
from documents.returned_list import ReturnedList, write_returned_list
from documents.row_keys import check_row_key, make_row_key
from documents.sandbox import Workshop
from documents.workbooks import open_list, read_list
from procedures.lists.checks import check_list, rows_with_people
from procedures.lists.names import normalise_name
from procedures.lists.rows import FIELDS, MANDATORY_FIELDS, RawList, RawRow, Severity
from tests.samples.hostile import (
    bomb_of_cells,
    bomb_of_zeros,
    broken_xml,
    embedded_object,
    entities,
    external_entity,
    external_link,
    far_cell,
    hidden_spans,
    lying_directory,
    macros,
    merged_over_merged,
    no_sheet_part,
    one_long_text,
    password,
    put,
    thousands_of_sheets,
    wide_titles,
)
from tests.samples.lists import MARK_KEY, PEOPLE, template_values
from tests.samples.make_samples import MADE, plain_rows
from tests.samples.mutations import CONTEXT

SAMPLES = Path("tests/samples/workbooks").resolve()
SAVED_BY = ("", ".libreoffice", ".gnumeric")


def read(name: str) -> RawList:
    return raw_list_from_json(read_list(str(SAMPLES / f"{name}.xlsx")))


def column(raw: RawList, field: str) -> list[object]:
    return [row.values[field] for row in raw.rows]


def codes(raw: RawList, severity: Severity | None = None) -> list[str]:
    return [finding.code for finding in raw.findings if severity in {None, finding.severity}]


def test_there_are_samples_of_every_kind():
    assert {path.stem.split(".")[0] for path in SAMPLES.iterdir()} >= set(MADE)


@pytest.mark.parametrize(
    "name", ["template", "template.libreoffice", "template.gnumeric", "openpyxl_template"]
)
def test_the_template_is_read_back_whatever_saved_it(name):
    raw = read(name)

    assert (raw.template, raw.period, raw.unit, raw.version) == (
        "0780-PLA-v3",
        "2027-B1",
        "OOAD07-R03-PAC012",
        1,
    )
    assert [row.number for row in raw.rows] == [3, 4, 5, 6, 7]
    assert column(raw, "nombre") == [person.nombre for person in PEOPLE]
    assert column(raw, "clave_inegi") == [person.clave_inegi for person in PEOPLE]
    assert column(raw, "importe") == [Decimal(amount) for amount in (1000, 800, 1000, 800, 1000)]
    assert set(raw.columns) == set(FIELDS) - {"curp"}
    assert raw.findings == ()


@pytest.mark.parametrize("name", ["template", "template.libreoffice", "template.gnumeric"])
def test_the_control_totals_come_with_the_list(name):
    assert read(name).declared == {
        "renglones": Decimal(5),
        "vrs": Decimal(3),
        "pvr": Decimal(2),
        "importe": Decimal(4600),
    }


def test_control_totals_that_were_never_computed_declare_nothing():
    assert read("openpyxl_template").declared == {}


@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_ac_13_keys_keep_the_form_in_which_they_were_typed(saved_by):
    keys = column(read(f"lost_zeros{saved_by}"), "clave_inegi")

    assert keys[:4] == [Decimal(70590001), "70590012.0", "07-078-0004", Decimal(7059001)]
    assert keys[4] in {"'070590012", "070590012"}


@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_keys_that_only_their_format_shows_with_zeros_are_read_as_people_see_them(saved_by):
    raw = read(f"codes_by_format{saved_by}")

    assert column(raw, "clave_inegi") == [person.clave_inegi for person in PEOPLE]


@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_amounts_typed_as_texts_stay_texts(saved_by):
    raw = read(f"text_numbers{saved_by}")

    # Gnumeric does not keep the blanks round a text.
    second = "800" if saved_by == ".gnumeric" else " 800 "
    assert column(raw, "importe") == ["$1,000.00", second, "1,000.00", "800.00", "mil"]
    assert column(raw, "no_progresivo") == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_moved_and_renamed_columns_below_merged_titles_are_recognised(saved_by):
    raw = read(f"moved_columns{saved_by}")

    assert [row.number for row in raw.rows] == [8, 9, 10, 11, 12]
    assert column(raw, "nombre") == [person.nombre for person in PEOPLE]
    assert column(raw, "unidad_medica") == [person.unidad_medica for person in PEOPLE]
    assert raw.columns["nombre"] == "B"
    assert codes(raw) == ["V-010"]
    assert raw.findings[0].severity is Severity.INFO
    assert "«Teléfono»" in raw.findings[0].message


@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_hidden_rows_columns_and_sheets_with_data_are_read_and_told(saved_by):
    raw = read(f"hidden{saved_by}")

    assert len(raw.rows) == 5
    texts = " ".join(finding.message for finding in raw.findings)
    assert set(codes(raw)) == {"V-015"}
    assert "Filas ocultas con datos: 5" in texts
    assert "Columnas ocultas con datos: N" in texts
    # Gnumeric shows what was hidden when it saves.
    assert ("«Viejo»" in texts) == (saved_by != ".gnumeric")
    assert "Vacía" not in texts


@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_merged_cells_give_their_value_to_each_row(saved_by):
    raw = read(f"merged_cells{saved_by}")

    assert column(raw, "clave_inegi") == sorted(person.clave_inegi for person in PEOPLE)
    assert codes(raw) == ["V-015"]


@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_formulas_are_told_and_their_values_taken(saved_by):
    raw = read(f"formulas_computed{saved_by}")

    assert codes(raw) == ["V-016"]
    assert (raw.findings[0].column, raw.findings[0].row) == ("I", 3)
    assert "La columna Importe tiene fórmulas" in raw.findings[0].message
    assert all(row.formulas == {"importe"} for row in raw.rows)
    assert column(raw, "importe") == [Decimal(amount) for amount in (1000, 800, 1000, 800, 1000)]


def test_formulas_that_were_never_computed_leave_an_empty_cell_and_a_word():
    raw = read("formulas_not_computed")

    assert codes(raw) == ["V-016", "V-016"]
    assert column(raw, "importe") == [None] * 5


@pytest.mark.parametrize("name", ["dates", "dates_1904"])
@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_months_that_became_dates_are_the_same_days_in_both_calendars(name, saved_by):
    raw = read(f"{name}{saved_by}")

    assert column(raw, "meses")[:3] == [date(2027, 1, 1), date(2027, 2, 1), "enero-febrero"]
    assert raw.rows[2].values["obs"] == date(1904, 2, 29)


@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_formatted_columns_and_rows_without_end_add_no_rows(saved_by):
    raw = read(f"whole_columns{saved_by}")

    assert len(raw.rows) == 5
    assert codes(raw) == []


@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_a_table_is_read_and_its_row_of_totals_is_nobody(saved_by):
    raw = read(f"table{saved_by}")

    people = rows_with_people(raw)
    assert [row.values["nombre"] for row in people] == [person.nombre for person in PEOPLE]
    assert len(raw.rows) == 6


@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_other_keyboards_headers_are_recognised_and_their_names_are_the_same(saved_by):
    raw = read(f"accents{saved_by}")

    assert set(raw.columns) == set(FIELDS) - {"curp"}
    assert [normalise_name(str(name)) for name in column(raw, "nombre")] == [
        normalise_name(person.nombre) for person in PEOPLE
    ]
    assert raw.findings == ()


@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_keys_and_amounts_that_became_dates_are_dates_and_never_a_number(saved_by):
    raw = read(f"dates_for_keys{saved_by}")

    assert column(raw, "clave_inegi")[:2] == [date(1959, 7, 1), "7.0590012E7"]
    assert column(raw, "importe")[2] == date(1902, 9, 26)
    checked = check_list(replace(raw, template="0780-PLA-v3"), CONTEXT)
    assert checked.rejected[:3] == (3, 4, 5)


@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_what_came_back_keeps_its_mark_and_its_rows_keys_whoever_saves_it(saved_by):
    raw = read(f"returned{saved_by}")

    assert check_mark(raw, MARK_KEY)
    assert raw.version == 2
    where = {"period": raw.period, "unit": raw.unit}
    assert [check_row_key(row.key, MARK_KEY, **where) for row in raw.rows] == [
        make_row_key(MARK_KEY, version=1, row=number, **where) for number in range(3, 8)
    ]
    assert raw.findings == ()


def test_an_ambito_without_volunteers_may_say_so():
    raw = read("empty_declared")

    assert raw.empty_declared
    assert raw.rows == ()


def test_ac_14_a_missing_and_a_repeated_column_are_named():
    raw = read("missing_column")

    errors = {
        finding.field: finding.message for finding in raw.findings if finding.severity is Severity.ERROR
    }
    assert errors["clave_inegi"] == "Falta la columna «Clave INEGI»."
    assert "más de una vez" in errors["importe"]


@pytest.mark.parametrize("saved_by", SAVED_BY)
def test_ac_24_what_looks_like_a_formula_and_is_a_text_stays_one(saved_by):
    raw = read(f"injection{saved_by}")

    names = column(raw, "nombre")
    assert names[0] == '=HYPERLINK("http://x.example","ver")'
    assert names[1:4] == ["+52", "-1+1", "@SUM(A1)"]
    assert codes(raw) == []


@pytest.mark.parametrize(
    ("make", "code"),
    [
        pytest.param(bomb_of_zeros, "V-005", id="AC-10-bomb-of-zeros"),
        pytest.param(bomb_of_cells, "V-005", id="AC-10-bomb-of-cells"),
        pytest.param(thousands_of_sheets, "V-005", id="thousands-of-sheets"),
        pytest.param(external_link, "V-005", id="external-link"),
        pytest.param(embedded_object, "V-005", id="embedded-object"),
        pytest.param(password, "V-004", id="AC-09-password"),
        pytest.param(macros, "V-004", id="AC-09-macros"),
        pytest.param(lambda: b"nombre,importe\nMaria,1000\n", "V-004", id="AC-09-csv"),
        pytest.param(entities, "V-006", id="entities"),
        pytest.param(external_entity, "V-006", id="external-entity"),
        pytest.param(lying_directory, "V-006", id="lying-directory"),
        pytest.param(broken_xml, "V-006", id="broken-xml"),
        pytest.param(no_sheet_part, "V-006", id="no-sheet-part"),
        pytest.param(lambda: b"", "V-006", id="empty"),
        pytest.param(lambda: (SAMPLES / "template.xlsx").read_bytes()[:9000], "V-006", id="AC-08-truncated"),
        pytest.param(far_cell, "V-010", id="far-cell"),
        pytest.param(one_long_text, "V-005", id="one-long-text"),
    ],
)
def test_hostile_and_broken_files_are_answered_and_the_worker_keeps_serving(make, code, workshop, tmp_path):
    raw = open_list(workshop, put(tmp_path / "lista.xlsx", make()))

    assert codes(raw, Severity.ERROR) == [code]
    assert raw.rows == ()
    assert len(open_list(workshop, SAMPLES / "template.xlsx").rows) == 5


@pytest.mark.parametrize(
    ("make", "codes_of_it"),
    [
        pytest.param(merged_over_merged, ["V-006"], id="merged-over-merged"),
        pytest.param(wide_titles, ["V-010"], id="wide-titles"),
        pytest.param(hidden_spans, ["V-015"], id="hidden-spans"),
    ],
)
def test_what_would_keep_a_worker_busy_is_seen_through_long_before_it_is_stopped(make, codes_of_it, tmp_path):
    path = put(tmp_path / "lista.xlsx", make())
    # A worker that is stopped for its time would answer V-005.
    with Workshop(workers=1, cpu_seconds=12) as workers:
        raw = open_list(workers, path)

    assert list(dict.fromkeys(item.code for item in raw.findings)) == codes_of_it


def test_a_line_of_totals_below_our_own_template_is_not_held_against_its_formulas(tmp_path):
    """Excel counts and sums up the sender's TOTAL as well, which is nobody."""
    raw = read("template")
    total = RawRow(number=8, values={"nombre": "TOTAL", "importe": Decimal(4600)})
    path = tmp_path / "Listado.xlsx"
    with path.open("wb") as file:
        write_returned_list(
            file,
            ReturnedList(raw=replace(raw, rows=(*raw.rows, total)), findings=(), values=template_values()),
        )

    again = raw_list_from_json(read_list(str(path)))

    assert openpyxl.load_workbook(path, data_only=True)["Control"]["B18"].value == 6
    assert len(again.rows) == 6
    assert again.declared == {}


@pytest.mark.parametrize("name", ["xls_renamed.xlsx", "ods_renamed.xlsx", "template.xls"])
def test_ac_09_other_formats_are_refused_under_any_name(name):
    raw = raw_list_from_json(read_list(str(SAMPLES / name)))

    assert codes(raw) == ["V-004"]


def test_the_name_that_the_mail_gave_counts(tmp_path):
    path = tmp_path / "blob"
    path.write_bytes((SAMPLES / "template.xlsx").read_bytes())

    assert codes(raw_list_from_json(read_list(str(path), "Listado PAC012.XLSX"))) == []
    assert codes(raw_list_from_json(read_list(str(path), "Listado.xlsm"))) == ["V-004"]


def test_a_worker_that_dies_is_an_answer(monkeypatch, workshop, tmp_path):
    class Dying:
        def run(self, function: str, *arguments: object) -> object:
            return workshop.run("os:abort")

    assert codes(open_list(Dying(), tmp_path / "x.xlsx")) == ["V-005"]


def test_more_rows_than_a_list_may_have_are_refused(tmp_path):
    import xlsxwriter

    path = tmp_path / "larga.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Listado")
    from tests.samples.make_samples import TITLES

    sheet.write_row(1, 0, TITLES)
    line = plain_rows()[0]
    for number in range(20_001):
        sheet.write_row(2 + number, 0, line)
    book.close()

    assert codes(raw_list_from_json(read_list(str(path)))) == ["V-005"]


def test_mandatory_headers_are_all_known():
    from documents.list_columns import column as list_column
    from documents.list_columns import field_of

    for field in MANDATORY_FIELDS:
        known = list_column(field)
        for name in (known.title, known.title.upper(), f"  {known.title.lower()} ", *known.aliases):
            assert field_of(name) == field, name


def test_of_several_columns_that_claim_a_field_the_better_name_wins(tmp_path):
    import openpyxl

    book = openpyxl.load_workbook(SAMPLES / "lost_zeros.xlsx")
    sheet = book.active
    for place, title in enumerate(("EMS", "Nombre", "Clave", "Importe"), 16):
        sheet.cell(2, place, title)
        sheet.cell(3, place, "otra cosa")
    path = tmp_path / "x.xlsx"
    book.save(path)

    raw = raw_list_from_json(read_list(str(path)))

    assert raw.columns["nombre"] == "G"
    assert [finding.field for finding in raw.findings if finding.severity is Severity.ERROR] == ["importe"]
    ignored = [finding.column for finding in raw.findings if finding.severity is Severity.INFO]
    assert ignored == ["P", "Q", "R"]


def test_a_raw_list_crosses_the_pipe_unchanged():
    raw = read("dates")

    assert raw_list_from_json(json.loads(json.dumps(raw_list_to_json(raw)))) == raw


def test_a_raw_list_that_was_kept_with_every_cell_written_out_is_still_read():
    raw = read("dates")
    kept = raw_list_to_json(raw)
    said = kept.pop("said")
    kept["rows"] = [
        [number, [said[place] for place in places], formulas, key]
        for number, places, formulas, key in kept["rows"]
    ]

    assert raw_list_from_json(json.loads(json.dumps(kept))) == raw
