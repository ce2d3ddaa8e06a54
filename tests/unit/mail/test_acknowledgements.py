"""What counts as an acuse of the provider, and what does not (A28; AMB-54)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.acknowledgements import read_acknowledgement

ROWS, AMOUNT = 1_240, Decimal("1178000.50")


@pytest.mark.parametrize(
    "said",
    [
        "RECIBIDO",
        "Acusamos de recibo su archivo. Saludos cordiales.",
        "Enterado, gracias",
        "Recibido: 1,240 renglones, $1,178,000.50",
        "Renglones: 1240\nImporte total: 1178000.50",
        "Nuestro sistema leyó 1 240 registros por $ 1,178,000.50; no hay observaciones.",
    ],
)
def test_these_are_an_acuse(said):
    assert read_acknowledgement(said).agrees(ROWS, AMOUNT)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Buenas tardes",
        "No hemos recibido el archivo",
        "Recibido, pero no abre",
        "Recibido con errores",
        "Recibido: 1,239 renglones",
        "Recibido: 1,240 renglones, $1,178,000.51",
        "Leímos 1,240 renglones",
        "¿Nos confirman el importe?",
    ],
)
def test_these_are_none(said):
    assert not read_acknowledgement(said).agrees(ROWS, AMOUNT)


@given(st.integers(1, 10**6), st.integers(1, 10**11), st.booleans())
def test_figures_are_read_as_they_are_written(rows, centavos, grouped):
    amount = Decimal(centavos) / 100
    numbers = (f"{rows:,}", f"{amount:,.2f}") if grouped else (str(rows), f"{amount:.2f}")

    said = read_acknowledgement(f"Recibido: {numbers[0]} renglones, ${numbers[1]}")

    assert said.agrees(rows, amount)
    assert said.differs(rows + 1, amount)
    assert said.differs(rows, amount + Decimal("0.01"))


@given(st.text())
def test_whatever_is_written_is_read(text):
    read_acknowledgement(text)
