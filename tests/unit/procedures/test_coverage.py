"""The coverage tables in docs/procedures are what the definitions say today."""

from pathlib import Path

import pytest

from procedures.catalogue import builtin_keys, read_builtin
from procedures.coverage import Part, draw_coverage, part_of
from procedures.loader import load

PAGES = Path(__file__).parents[3] / "docs" / "procedures"


@pytest.mark.parametrize("key", builtin_keys())
def test_the_page_of_a_procedure_is_up_to_date(key: str) -> None:
    page = PAGES / f"{key}.md"

    assert page.read_text(encoding="utf-8") == draw_coverage(load(read_builtin(key))), (
        f"write it again: python -m procedures.coverage {key} > docs/procedures/{key}.md"
    )


def test_every_page_belongs_to_a_procedure() -> None:
    pages = {page.stem for page in PAGES.glob("*.md")}

    assert pages == set(builtin_keys())


def test_the_desk_takes_joins_reads_lists_and_is_told_of_rubrics() -> None:
    definition = load(read_builtin("0780-003-002"))

    assert part_of(definition.steps["A18"]) is Part.TAKES
    assert part_of(definition.steps["A07"]) is Part.READS
    assert part_of(definition.steps["A12"]) is Part.IS_TOLD
