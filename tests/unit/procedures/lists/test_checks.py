"""Checking a list: every check of the ledger (4.3), each with its scenario where it has one (9.1)."""

from datetime import date
from decimal import Decimal

import pytest

from procedures.lists.checks import check_list
from procedures.lists.context import Place, ScopeLocality
from procedures.lists.duplicates import Identity
from procedures.lists.messages import finding
from procedures.lists.rows import FIELDS, MANDATORY_FIELDS, RawList, RawRow, Severity


def codes(checked):
    return [item.code for item in checked.findings]


def only(checked):
    """Return the one finding that there is."""
    assert len(checked.findings) == 1, checked.findings
    return checked.findings[0]


def found(checked, code):
    """Return the findings of a code."""
    same = [item for item in checked.findings if item.code == code]
    assert same, f"{code} is not among {codes(checked)}"
    return same


# --- a list that is all right


def test_ac_01_a_list_that_is_all_right_stands_whole(list_of, context):
    vrs = [
        {},
        {"localidad": "PEÑA BLANCA", "clave_inegi": "070590002", "unidad_medica": "Peña Blanca"},
        {"meses": "2"},
    ]
    pvr = [
        {"tipo": "Partera Voluntaria Rural", "importe": "$800.00"},
        {"tipo": "pvr", "importe": Decimal(800)},
    ]

    checked = check_list(list_of(*vrs, *pvr), context)

    assert checked.findings == ()
    assert checked.file_accepted
    assert checked.rejected == ()
    assert (checked.totals.rows, checked.totals.vrs, checked.totals.pvr) == (5, 3, 2)
    assert checked.totals.amount == Decimal("4600.00")
    assert checked.totals.centavos == 460_000


def test_a_row_comes_out_in_normal_form_and_its_name_as_typed(list_of, context):
    raw = list_of(
        {
            "nombre": "  maría   LÓPEZ ",
            "estado": "CHIS.",
            "municipio": "OCOSINGO",
            "localidad": "abasolo",
            "unidad_medica": "umr0712",
            "obs": " vive\n lejos ",
            "curp": "pexm800101mcsrxr04",
        }
    )

    row = check_list(raw, context).rows[0]

    assert row.nombre == "  maría   LÓPEZ "
    assert row.nombre_norm == "MARIA LOPEZ"
    assert (row.ooad, row.pac) == ("OOAD07", "OOAD07-R03-PAC012")
    assert (row.estado, row.municipio, row.localidad) == ("Chiapas", "Ocosingo", "Abasolo")
    assert row.unidad_medica == "UMR Abasolo"
    assert row.meses == ("2027-01", "2027-02")
    assert row.importe == Decimal("1000.00")
    assert (row.situacion, row.obs, row.curp) == ("activo", "vive lejos", "PEXM800101MCSRXR04")


def test_an_ambito_without_anybody_says_so(list_of, context):
    checked = check_list(list_of(empty_declared=True), context)

    assert checked.file_accepted
    assert checked.findings == ()
    assert checked.totals.rows == 0


# --- the file


def test_ac_06_a_list_of_another_period_is_not_taken(list_of, context):
    checked = check_list(list_of({}, period="2026-B6"), context)

    assert not checked.file_accepted
    assert checked.rows == ()
    assert (
        only(checked).message == "El listado corresponde al periodo 2026-B6; el periodo abierto es 2027-B1."
    )


def test_a_list_of_a_period_that_no_longer_takes_lists_is_not_taken(list_of, context_of):
    checked = check_list(list_of({}), context_of(open_periods=frozenset({"2027-B2"})))

    assert (
        only(checked).message == "El listado corresponde al periodo 2027-B1; el periodo abierto es 2027-B2."
    )


@pytest.mark.parametrize(
    "context_changes",
    [
        pytest.param({"sent_on": date(2027, 1, 8)}, id="by-the-day"),
        pytest.param({"sent_on": None}, id="by-the-number"),
        pytest.param({"is_older": True}, id="as-the-books-know"),
    ],
)
def test_ac_05_a_stale_version_replaces_nothing(list_of, context_of, context_changes):
    context = context_of(accepted_version=2, accepted_on=date(2027, 1, 12), **context_changes)

    checked = check_list(list_of({}, version=1), context)

    expected = "Ya existe una versión más reciente (v2, 12-ene-2027). Este archivo no la sustituye."
    assert only(checked).message == expected
    assert not checked.file_accepted


def test_a_newer_version_is_taken(list_of, context_of):
    context = context_of(accepted_version=2, accepted_on=date(2027, 1, 12), sent_on=date(2027, 1, 12))

    assert check_list(list_of({}, version=2), context).file_accepted
    assert check_list(list_of({}, version=None), context).file_accepted


@pytest.mark.parametrize("template", ["0780-PLA-v1", ""])
def test_ac_07_an_old_template_is_told_which_one_is_in_force(list_of, context, template):
    checked = check_list(list_of({}, template=template), context)

    assert only(checked).message == "La plantilla no es la vigente. Use la anexa a la circular 001/2027."
    assert "0780-PLA-v3" in only(checked).mend
    assert not checked.file_accepted


def test_ac_04_the_list_of_another_ambito_is_not_taken(list_of, context):
    checked = check_list(list_of({}, unit="OOAD07-R03-PAC015"), context)

    assert found(checked, "V-012")[0].message == (
        "El listado es de otro ámbito (OOAD07-R03-PAC015); no puede recibirse desde esta cuenta."
    )
    assert not checked.file_accepted


def test_a_list_without_anybody_is_asked_about(list_of, context, row_of):
    nobody = dict.fromkeys(FIELDS) | {
        "no_progresivo": Decimal(1),
        "ooad": "Chiapas",
        "pac": "OOAD07-R03-PAC012",
    }

    checked = check_list(list_of(RawRow(number=4, values=nobody)), context)

    assert only(checked).code == "V-013"
    assert "SIN VOLUNTARIOS" in only(checked).mend


def test_nobody_and_somebody_at_once_is_asked_about(list_of, context):
    checked = check_list(list_of({}, empty_declared=True), context)

    assert "declara SIN VOLUNTARIOS, se calcula 1 renglones" in only(checked).message


def test_control_totals_that_agree_say_nothing(list_of, context):
    declared = {"renglones": Decimal(2), "vrs": Decimal(1), "pvr": Decimal(1), "importe": Decimal("1800.00")}

    checked = check_list(list_of({}, {"tipo": "PVR", "importe": "800"}, declared=declared), context)

    assert checked.findings == ()


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"renglones": Decimal(5)}, "declara renglones 5, se calcula renglones 1"),
        ({"importe": Decimal(900)}, "declara importe 900.00, se calcula importe 1,000.00"),
        ({"pvr": Decimal(1)}, "declara pvr 1, se calcula pvr 0"),
        ({"vrs": Decimal("1E+999999")}, "declara vrs 1E+999999, se calcula vrs 1"),
    ],
)
def test_control_totals_that_differ_return_the_file(list_of, context, declared, said):
    checked = check_list(list_of({}, declared=declared), context)

    assert said in only(checked).message
    assert not checked.file_accepted
    assert checked.rows == ()


def test_a_total_is_not_compared_where_a_wrong_cell_keeps_it_from_being_summed(list_of, context):
    declared = {"renglones": Decimal(2), "vrs": Decimal(2), "importe": Decimal(2000)}

    checked = check_list(list_of({}, {"importe": "mil", "tipo": "VSF"}, declared=declared), context)

    assert checked.file_accepted
    assert codes(checked) == ["V-037", "V-040"]


def test_ac_14_what_is_wrong_with_the_file_accepts_nothing_of_it(context, row_of):
    missing = finding("V-004")

    checked = check_list(RawList(findings=(missing,)), context)

    assert not checked.file_accepted
    assert checked.rows == ()
    assert missing in checked.findings


def test_warnings_of_the_file_are_handed_on(list_of, context):
    hidden = finding("V-046", row=1, expected=2)

    checked = check_list(list_of({}, findings=(hidden,)), context)

    assert checked.file_accepted
    assert checked.warnings == (hidden,)


def test_what_is_wrong_with_rows_is_told_together_with_what_is_wrong_with_the_file(list_of, context):
    checked = check_list(list_of({"nombre": "NUÑEZ"}, declared={"renglones": Decimal(9)}), context)

    assert codes(checked) == ["V-014", "V-035"]
    assert checked.rows == ()


# --- the rows


ROW_CHECKS = [
    pytest.param({"ooad": "Oaxaca"}, "V-020", "Fila 4: OOAD no reconocido o distinto del suyo.", id="V-020"),
    pytest.param(
        {"clave_inegi": "0705900011"}, "V-022", "Fila 4: la clave INEGI debe tener 9 dígitos", id="V-022"
    ),
    pytest.param(
        {"clave_inegi": "7059001"}, "V-022", "Fila 4: la clave INEGI debe tener 9 dígitos", id="AC-13"
    ),
    pytest.param({"clave_inegi": "330590001"}, "V-023", "Fila 4: clave INEGI imposible.", id="V-023"),
    pytest.param(
        {"clave_inegi": "200670001"}, "V-024", "Fila 4: la clave INEGI no corresponde al estado.", id="V-024"
    ),
    pytest.param(
        {"clave_inegi": "070590099"}, "V-025", "Fila 4: la clave INEGI no existe en el catálogo.", id="V-025"
    ),
    pytest.param(
        {"clave_inegi": "070590003", "localidad": "El Ocotal"},
        "V-030",
        "Fila 4: en esa localidad no opera el Programa.",
        id="V-030",
    ),
    pytest.param(
        {"clave_inegi": "070590077", "localidad": "Las Tazas"},
        "V-032",
        "Fila 4: la localidad no pertenece a su ámbito de responsabilidad.",
        id="AC-19",
    ),
    pytest.param({"nombre": "NUÑEZ"}, "V-035", "Fila 4: nombre incompleto o no válido.", id="V-035"),
    pytest.param(
        {"nombre": "PENDIENTE POR DEFINIR"}, "V-035", "Fila 4: nombre incompleto", id="V-035-placeholder"
    ),
    pytest.param({"nombre": Decimal(12)}, "V-035", "Fila 4: nombre incompleto", id="V-035-number"),
    pytest.param(
        {"nombre": '=HYPERLINK("http://x.example","Ana Ruiz")'}, "V-036", "Fila 4: contenido no", id="AC-24"
    ),
    pytest.param({"obs": " '@SUM(A1:A9)"}, "V-036", "Fila 4: contenido no permitido.", id="V-036-remarks"),
    pytest.param({"localidad": "+1+1"}, "V-036", "Fila 4: contenido no permitido.", id="V-036-place"),
    pytest.param({"unidad_medica": "＝1+1"}, "V-036", "Fila 4: contenido no permitido.", id="V-036-wide"),
    pytest.param({"nombre": "-Ana Ruiz"}, "V-036", "Fila 4: contenido no permitido.", id="V-036-dash"),
    pytest.param(
        {"tipo": "Aval Ciudadano"}, "V-037", "Fila 4: sólo VRS y PVR reciben apoyo económico.", id="AC-22"
    ),
    pytest.param({"importe": "1.000,00"}, "V-040", "Fila 4: importe no válido.", id="V-040"),
    pytest.param({"importe": "-5"}, "V-040", "Fila 4: importe no válido.", id="V-040-negative"),
    pytest.param({"importe": True}, "V-040", "Fila 4: importe no válido.", id="V-040-yes"),
    pytest.param(
        {"importe": Decimal(900)},
        "V-041",
        "Fila 4: el importe 900.00 no corresponde a 2 mes(es); se esperaba 1,000.00.",
        id="AC-21",
    ),
    pytest.param(
        {"meses": "FEB-MAR"}, "V-042", "Fila 4: meses a cubrir fuera del periodo 2027-B1.", id="V-042"
    ),
    pytest.param(
        {"meses": Decimal(1)}, "V-042", "Fila 4: meses a cubrir fuera del periodo", id="V-042-ambiguous"
    ),
    pytest.param({"situacion": "BAJA"}, "V-044", "Fila 4: la persona figura como baja.", id="V-044-says-so"),
    pytest.param(
        {"pac": "OOAD07-R03-PAC015"}, "V-012", "Fila 4: el renglón es de otro ámbito", id="V-012-row"
    ),
]


@pytest.mark.parametrize(("cells", "code", "message"), ROW_CHECKS)
def test_a_wrong_row_stays_out_with_its_reason_and_the_good_rows_stand(
    list_of, context, cells, code, message
):
    checked = check_list(list_of(cells, {}), context)

    error = only(checked)
    assert error.code == code
    assert error.severity is Severity.ERROR
    assert error.message.startswith(message)
    assert error.mend
    assert error.row == 4
    assert error.field in FIELDS
    assert error.column == "ABCDEFGHIJKLMNOP"[FIELDS.index(error.field)]
    assert checked.rejected == (4,)
    assert [row.number for row in checked.rows] == [5]
    assert checked.totals.rows == 1
    assert checked.file_accepted


@pytest.mark.parametrize("field", MANDATORY_FIELDS)
@pytest.mark.parametrize("nothing", [None, "  ", "-", "\u00a0"])
def test_a_mandatory_cell_that_is_empty_is_named(list_of, context, field, nothing):
    error = only(check_list(list_of({field: nothing}), context))

    assert error.code == "V-045"
    assert error.field == field
    assert error.message.startswith("Fila 4: falta ")


def test_empty_cells_that_nobody_needs_say_nothing(list_of, context):
    assert check_list(list_of({"situacion": None, "obs": "-", "curp": " "}), context).findings == ()


def test_all_that_is_wrong_with_a_row_is_told_at_once_in_the_order_of_the_columns(list_of, context):
    checked = check_list(list_of({"meses": "marzo", "nombre": "X", "ooad": "?", "importe": "mil"}), context)

    assert codes(checked) == ["V-020", "V-035", "V-040", "V-042"]
    assert [item.field for item in checked.findings] == ["ooad", "nombre", "importe", "meses"]


def test_ac_13_lost_zeros_are_put_back_with_a_note(list_of, context):
    checked = check_list(list_of({"clave_inegi": Decimal(70590001)}), context)

    assert checked.rows[0].clave_inegi == "070590001"
    assert checked.notes == ("Fila 4: se completó el cero inicial de la clave INEGI (070590001).",)
    assert checked.rejected == ()


def test_ac_20_another_state_is_a_warning(list_of, context_of):
    tabasco = {"270040001": ScopeLocality("Centla", "Frontera")}
    cells = {"estado": "Tabasco", "municipio": "Centla", "localidad": "Frontera", "clave_inegi": "270040001"}

    checked = check_list(
        list_of(cells), context_of(localities=tabasco, catalogue={"270040001": Place("Centla", "Frontera")})
    )

    assert only(checked).severity is Severity.WARNING
    assert only(checked).message == "Fila 4: el estado Tabasco no corresponde al OOAD Chiapas."
    assert checked.rejected == ()


def test_ac_20_another_state_is_an_error_where_the_catalogue_is_strict(list_of, context_of):
    tabasco = {"270040001": ScopeLocality("Centla", "Frontera")}
    cells = {"estado": "Tabasco", "municipio": "Centla", "localidad": "Frontera", "clave_inegi": "270040001"}

    checked = check_list(list_of(cells), context_of(localities=tabasco, catalogue=None, strict_entities=True))

    assert only(checked).code == "V-021"
    assert only(checked).severity is Severity.ERROR
    assert checked.rejected == (4,)


def test_a_state_that_nobody_knows_is_told_once_with_what_the_key_says(list_of, context):
    error = only(check_list(list_of({"estado": "Chipas"}), context))

    assert error.code == "V-024"


def test_ac_19_nothing_is_said_of_whose_a_locality_is(list_of, context):
    error = only(check_list(list_of({"clave_inegi": "070590077", "localidad": "Las Tazas"}), context))

    assert "PAC" not in error.message + error.mend


@pytest.mark.parametrize("clave", ["7059001", "070000001", "070590099", "070590077"])
def test_the_key_that_the_senders_own_ambito_has_for_the_place_is_offered(list_of, context, clave):
    error = only(check_list(list_of({"clave_inegi": clave, "localidad": "Peña Blanc"}), context))

    assert error.mend == "Para Peña Blanca, Ocosingo, la clave de su ámbito es 070590002."


def test_a_name_that_is_not_that_of_the_key_is_a_warning_and_stays_as_typed(list_of, context):
    checked = check_list(list_of({"localidad": "Las Margaritas"}), context)

    assert only(checked).message == "Fila 4: el nombre de la localidad no coincide con la clave."
    assert only(checked).severity is Severity.WARNING
    assert "Abasolo" in only(checked).mend
    assert checked.rows[0].localidad == "Las Margaritas"


def test_a_name_that_is_nearly_that_of_the_key_is_no_matter(list_of, context):
    checked = check_list(list_of({"localidad": "ABASSOLO", "municipio": "Ocosingó"}), context)

    assert checked.findings == ()
    assert checked.rows[0].localidad == "Abasolo"


def test_where_the_catalogue_is_not_complete_a_key_that_it_lacks_is_one_warning(list_of, context_of):
    checked = check_list(list_of({}, {}), context_of(catalogue={}, complete=frozenset()))

    assert only(checked).code == "V-025"
    assert only(checked).severity is Severity.WARNING
    assert "4 y 5" in only(checked).message
    assert len(checked.rows) == 2


def test_a_key_that_left_the_catalogue_is_an_error_even_in_the_ambito(list_of, context_of):
    checked = check_list(list_of({}), context_of(catalogue={}, complete=frozenset({"07059"})))

    assert only(checked).code == "V-025"
    assert checked.rejected == (4,)


def test_a_medical_unit_that_does_not_serve_the_ambito_is_a_warning(list_of, context):
    checked = check_list(list_of({"unidad_medica": "UMR Palenque"}), context)

    assert only(checked).code == "V-033"
    assert "UMR Abasolo; UMR Peña Blanca" in only(checked).mend
    assert checked.rows[0].unidad_medica == "UMR Palenque"


def test_an_amount_above_the_cap_is_refused(list_of, context_of):
    assert only(check_list(list_of({}), context_of(cap=Decimal(999)))).code == "V-040"


def test_without_a_tariff_amounts_are_not_compared_and_that_is_said_once(list_of, context_of):
    checked = check_list(list_of({}, {"importe": Decimal(7)}), context_of(tariff={}))

    assert only(checked).code == "V-041"
    assert only(checked).severity is Severity.WARNING
    assert len(checked.rows) == 2


@pytest.mark.parametrize("tipo", ["VRS", "PVR"])
def test_a_month_that_another_list_covers_is_not_paid_twice(list_of, context_of, tipo):
    covered = {Identity("MARIA LOPEZ", "070590001", tipo): frozenset({"2027-01"})}

    error = only(check_list(list_of({"nombre": "María López"}), context_of(covered=covered)))

    assert error.code == "V-043"
    assert error.message == "Fila 4: ya tiene cubierto(s) el(los) mes(es) enero."


def test_somebody_who_left_is_not_listed(list_of, context_of):
    left = frozenset({Identity("MARIA LOPEZ", "070590001", "VRS")})

    error = only(check_list(list_of({"nombre": "María López"}), context_of(left=left)))

    assert error.message == "Fila 4: la persona figura como baja."


def test_a_line_of_somebody_who_left_is_told_once_whatever_else_is_wrong(list_of, context):
    checked = check_list(list_of({"situacion": "baja", "importe": None, "meses": None}), context)

    assert codes(checked) == ["V-044"]


@pytest.mark.parametrize(
    ("numbers", "row", "expected"),
    [
        ((1, 2, 4), 6, "3"),
        ((2, 3), 4, "1"),
        ((1, 1), 5, "2"),
        (("1", "2.0", "03"), None, ""),
        (("1.", "dos"), 5, "2"),
    ],
)
def test_numbers_with_gaps_are_told_once(list_of, context, numbers, row, expected):
    cells = [{"no_progresivo": Decimal(number) if isinstance(number, int) else number} for number in numbers]

    checked = check_list(list_of(*cells), context)

    if row is None:
        assert checked.findings == ()
    else:
        assert only(checked).message == "Numeración con saltos."
        assert only(checked).row == row
        assert only(checked).mend.endswith(f"el número {expected}.")
        assert len(checked.rows) == len(numbers)


def test_a_curp_that_cannot_be_is_not_kept(list_of, context):
    checked = check_list(list_of({"curp": "PEXM800101MCSRXR09"}), context)

    assert only(checked).severity is Severity.WARNING
    assert checked.rows[0].curp == ""


def test_a_text_that_is_too_long_is_cut_and_that_is_said(list_of, context):
    checked = check_list(list_of({"obs": "palabra " * 50}), context)

    assert only(checked).code == "LENGTH"
    assert len(checked.rows[0].obs) <= 250


def test_an_unknown_situation_is_said_and_not_kept(list_of, context):
    checked = check_list(list_of({"situacion": "de viaje"}), context)

    assert only(checked).code == "STATUS"
    assert checked.rows[0].situacion == ""


def test_empty_lines_of_the_template_and_sums_below_the_list_are_nobody(list_of, context, row_of):
    empty = RawRow(
        number=5, values={"ooad": "Chiapas", "estado": "Chiapas", "pac": "PAC012", "no_progresivo": "2"}
    )
    total = RawRow(number=6, values={"nombre": "TOTAL:", "importe": Decimal(1000)})

    checked = check_list(list_of(row_of(4), empty, total), context)

    assert len(checked.rows) == 1
    assert checked.rejected == ()
    assert checked.notes == ("Fila 6: se tomó como renglón de totales y no como persona.",)


def test_a_formula_that_was_never_computed_is_a_missing_cell_and_no_empty_line(list_of, context):
    values = {"ooad": "Chiapas", "nombre": None, "clave_inegi": None}
    computed = RawRow(number=4, values=values, formulas=frozenset({"nombre"}))

    assert "V-045" in codes(check_list(list_of(computed), context))


# --- people that stand twice


def test_ac_15_the_same_person_twice_is_told_with_both_rows_and_neither_stands(list_of, context):
    checked = check_list(list_of({"nombre": "Ana Luz Ruiz"}, {}, {"nombre": "ANA  LUZ RUÍZ"}), context)

    assert codes(checked) == ["V-050", "V-050"]
    assert {item.message for item in checked.findings} == {
        "Filas 4 y 6: la misma persona aparece más de una vez en su listado."
    }
    assert [item.row for item in checked.findings] == [4, 6]
    assert checked.rejected == (4, 6)
    assert [row.number for row in checked.rows] == [5]


def test_people_noted_as_namesakes_stand_and_the_sac_will_decide(list_of, context):
    noted = {"nombre": "Ana Luz Ruiz", "obs": "Homónima, es otra persona"}

    checked = check_list(list_of(noted, {}, noted), context)
    half = check_list(list_of(noted, {"nombre": "Ana Luz Ruiz"}), context)

    assert codes(checked) == ["V-050", "V-050"]
    assert {item.message for item in checked.findings} == {
        "Filas 4 y 6: anotó que son personas distintas con el mismo nombre; su SAC resolverá."
    }
    assert checked.rejected == ()
    assert half.rejected == (4, 5)


def test_the_same_person_as_both_kinds_is_told_and_stands_until_the_sac_decides(list_of, context):
    checked = check_list(
        list_of({"nombre": "Ana Luz Ruiz"}, {"nombre": "Ana Luz Ruiz", "tipo": "PVR", "importe": "800"}),
        context,
    )

    assert codes(checked) == ["V-051", "V-051"]
    assert {item.severity for item in checked.findings} == {Severity.WARNING}
    assert checked.rejected == ()


def test_a_duplicate_is_told_even_where_one_of_the_rows_has_another_error(list_of, context):
    checked = check_list(
        list_of({"nombre": "Ana Luz Ruiz"}, {"nombre": "Ana Luz Ruiz", "importe": "900"}), context
    )

    assert codes(checked) == ["V-050", "V-041", "V-050"]


def test_the_same_curp_twice_is_told(list_of, context):
    curp = "PEXM800101MCSRXR04"

    checked = check_list(list_of({"curp": curp}, {"curp": curp}), context)

    assert codes(checked) == ["V-056", "V-056"]
    assert checked.rejected == (4, 5)


def test_ac_18_people_who_could_be_one_are_a_warning_and_both_stand(list_of, context):
    other = {"localidad": "Peña Blanca", "clave_inegi": "070590002"}
    homonyms = [{"nombre": "Ana Luz Ruiz"}, {"nombre": "Ana Luz Ruiz", **other}]
    alike = [{"nombre": "Josefa Hernández Pérez"}, {"nombre": "Josefa Hernándes Pérez"}]

    checked = check_list(list_of(*homonyms, *alike), context)

    assert codes(checked) == ["V-055"] * 4
    assert {item.severity for item in checked.findings} == {Severity.WARNING}
    assert len(checked.rows) == 4
