"""The catalogue of findings: every code that is used exists, every one that exists is used, and the texts are the ledger's."""

import ast
import re
from datetime import date
from pathlib import Path
from string import Formatter

import pytest

import procedures.lists
from documents.file_findings import file_finding
from documents.list_columns import column
from procedures.lists.messages import catalogue, finding, numbers_in_words, quote, short_date, title_of
from procedures.lists.rows import FIELDS, Severity

FOLDER = Path(procedures.lists.__file__).parent
# Said by the actions, about the mail as a whole.
OF_THE_MAIL = {
    "V-003",
    "V-004",
    "V-005",
    "V-006",
    "V-007",
    "FROZEN",
    "UNCLEAR",
    "UNCLEAR-TRIED",
    "NOTHING-TO-CORRECT",
}
# Of the duplicates that only a higher tier sees, and of the reading of the file.
NEVER_SAID = {"V-053", "V-054", "V-010"}
# Ledger 4.3, word for word but for the names of the fields.
LEDGER = {
    "V-003": "El correo trae {n} archivos de Excel; envíe uno solo.",
    "V-004": "El archivo no es un libro de Excel .xlsx legible o tiene contraseña.",
    "V-005": "El archivo excede el tamaño o contiene elementos no permitidos.",
    "V-006": "El archivo está dañado: no fue posible abrirlo. Vuelva a guardarlo y reenvíelo.",
    "V-007": "Este archivo ya se recibió el {}; no hay cambios.",
    "V-008": "El listado corresponde al periodo {}; el periodo abierto es {}.",
    "V-009": "Ya existe una versión más reciente (v{}, {}). Este archivo no la sustituye.",
    "V-011": "La plantilla no es la vigente. Use la anexa a la circular {}.",
    "V-012": "El listado es de otro ámbito ({}); no puede recibirse desde esta cuenta.",
    "V-013": "El listado no contiene registros.",
    "V-014": "Los totales de la hoja Control no coinciden: declara {}, se calcula {}.",
    "V-020": "Fila {}: OOAD no reconocido o distinto del suyo.",
    "V-021": "Fila {}: el estado {} no corresponde al OOAD {}.",
    "V-022": "Fila {}: la clave INEGI debe tener 9 dígitos (entidad 2 + municipio 3 + localidad 4).",
    "V-023": "Fila {}: clave INEGI imposible.",
    "V-024": "Fila {}: la clave INEGI no corresponde al estado.",
    "V-025": "Fila {}: la clave INEGI no existe en el catálogo.",
    "V-026": "Fila {}: el nombre de la localidad no coincide con la clave.",
    "V-030": "Fila {}: en esa localidad no opera el Programa.",
    "V-032": "Fila {}: la localidad no pertenece a su ámbito de responsabilidad.",
    "V-033": "Fila {}: la unidad médica no corresponde a la localidad.",
    "V-035": "Fila {}: nombre incompleto o no válido.",
    "V-036": "Fila {}: contenido no permitido.",
    "V-037": "Fila {}: sólo VRS y PVR reciben apoyo económico.",
    "V-040": "Fila {}: importe no válido.",
    "V-041": "Fila {}: el importe {} no corresponde a {} mes(es); se esperaba {}.",
    "V-042": "Fila {}: meses a cubrir fuera del periodo {}.",
    "V-043": "Fila {}: ya tiene cubierto(s) el(los) mes(es) {}.",
    "V-044": "Fila {}: la persona figura como baja.",
    "V-045": "Fila {}: falta {}.",
    "V-046": "Numeración con saltos.",
    "V-052": "Fila {}: la persona figura en otro listado; su SAC resolverá.",
}


def without_names(text):
    return re.sub(r"\{\w*\}", "{}", text)


@pytest.mark.parametrize("code", LEDGER)
def test_the_text_is_the_ledgers(code):
    assert without_names(catalogue()[code].text) == without_names(LEDGER[code])


def words_in_code():
    sources = list(FOLDER.glob("*.py"))
    assert len(sources) > 10
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sources]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {node.value for node in nodes if isinstance(node.value, str)}


def test_every_code_in_use_is_in_the_catalogue_and_every_one_in_the_catalogue_is_in_use():
    words = words_in_code()
    codes = {word for word in words if re.fullmatch(r"V-\d{3}(-\w+)?", word)}

    assert codes - NEVER_SAID <= set(catalogue())
    assert set(catalogue()) <= words | OF_THE_MAIL


def test_every_way_of_mending_in_the_catalogue_is_in_use():
    ways = {way for entry in catalogue().values() for way in entry.mend}

    assert ways
    assert ways <= words_in_code()


def test_a_file_that_cannot_be_read_is_told_in_the_same_words_by_whoever_finds_out():
    for code in ("V-004", "V-005", "V-006"):
        assert finding(code) == file_finding(code)


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_every_sentence_begins_and_ends_as_one_and_says_how_to_mend_an_error(code):
    entry = catalogue()[code]

    for sentence in (entry.text, *entry.mend.values()):
        assert sentence[0].isupper() or sentence[0] in "{¿"
        assert sentence[-1] == "."
        assert all(name is None or name.isidentifier() for _, name, _, _ in Formatter().parse(sentence))
    assert entry.mend or entry.severity is Severity.INFO or code == "FROZEN"


def test_the_columns_are_called_as_in_the_template():
    assert [title_of(field) for field in FIELDS] == [column(field).title for field in FIELDS]


def test_a_finding_quotes_the_senders_words_on_one_line_and_briefly():
    said = finding("V-012", ambito="a\n{row}" + "x" * 5000)

    assert "\n" not in said.message
    assert "{row}" in said.message
    assert len(said.message) < 200


def test_numbers_and_dates_read_as_in_a_letter():
    assert numbers_in_words([3]) == "3"
    assert numbers_in_words([3, 7, 9]) == "3, 7 y 9"
    assert short_date(date(2027, 1, 8)) == "08-ene-2027"
    assert quote("\x00 \x1b[31m") == "[31m"
