"""Show how many people each OOAD lists, how many it may, and by which document (NUM; V-057)."""

from dataclasses import dataclass

from actions.check_headcounts import exceptions_in_words, excess_of, find_limit, listed_totals
from actions.desk import Desk
from actions.letter_values import unit_in_words
from procedures.lists.totals import Totals
from storage.cases import CaseRow


@dataclass(frozen=True, kw_only=True, slots=True)
class OoadHeadcount:
    """What an OOAD lists and may list."""

    unit: str
    name: str
    listed: Totals
    authorised: int | None
    authorised_vrs: int | None
    authorised_pvr: int | None
    document: str
    excess: tuple[str, ...]
    exception: str
    """In words, where CACyPCS let it list more."""


def show_headcounts(desk: Desk, case: CaseRow, ooad: str = "") -> list[OoadHeadcount]:
    """Return the headcount of an OOAD, or of all."""
    found = []
    for code in case.tree.get("ooad", []):
        if ooad not in {"", code}:
            continue
        limit = find_limit(desk, case, code)
        found.append(
            OoadHeadcount(
                unit=code,
                name=unit_in_words(case, code),
                listed=listed_totals(desk, case, code),
                authorised=limit.headcount.total if limit else None,
                authorised_vrs=limit.headcount.vrs if limit else None,
                authorised_pvr=limit.headcount.pvr if limit else None,
                document=limit.document if limit else "",
                excess=tuple(excess_of(desk, case, code)),
                exception=next(exceptions_in_words(desk, case, code), ""),
            )
        )
    return found
