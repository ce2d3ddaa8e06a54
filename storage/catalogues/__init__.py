"""The catalogues that come with the project: OOADs (ledger 1.5) and INEGI's places of 2020."""

import csv
from collections.abc import Iterator
from importlib.resources import files

SHIPPED_LOCALITIES = "inegi_localidades_1000"
"""Source of the localities shipped: only those of 1,000 inhabitants or more."""


def shipped(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a shipped catalogue, by the names of its header."""
    text = (files("storage.catalogues") / f"{name}.csv").read_text(encoding="utf-8-sig")
    yield from csv.DictReader(text.splitlines())
