"""Write to somebody why the totals of a unit's lists differ, line by line, as far as their post may see."""

from actions.desk import Desk
from actions.explain_lists import Explanation, ToldPassage, explain_lists
from actions.letter_values import period_in_words
from actions.send_letter import send_to_person
from procedures.lists.totals import Totals
from storage.cases import CaseRow
from storage.entries import EntryRow

SHOWN = 200
"""Lines of one passage that a letter tells."""


def mail_explanation(
    desk: Desk, case: CaseRow, unit: str, scope: str, *, person_id: int, entry: EntryRow
) -> None:
    """Send the lines to the registered address of whoever asked elsewhere; with names, and so by mail alone."""
    told = explain_lists(desk, case.period, unit, scope=scope, names=True)
    desk.note(
        "list_explained",
        case_id=case.id,
        unit=unit,
        person_id=person_id,
        entry_id=entry.id,
        channel=entry.channel.value,
    )
    send_to_person(desk, "EXPLAIN", explanation_values(desk, case, told), person_id, entry=entry)


def explanation_values(desk: Desk, case: CaseRow, told: Explanation) -> dict[str, object]:
    """Return what the letter says that tells why totals differ."""
    earlier: list[int] = []
    tiers = []
    for tier in told.tiers:
        change = f"{tier.totals.rows - earlier[-1]:+}" if earlier else ""
        earlier.append(tier.totals.rows)
        tiers.append([tier.title, *cells_of(tier.totals), change])
    parts = [_part(passage) for passage in (*told.passages, *told.versions) if passage.lines]
    if told.rejected:
        parts.insert(
            0,
            {
                "title": "Renglones por corregir en los libros recibidos",
                "by": "",
                "lines": [line.text for line in told.rejected[:SHOWN]],
                "more": max(len(told.rejected) - SHOWN, 0),
            },
        )
    return {
        "period": period_in_words(desk, case),
        "scope": told.where,
        "headline": told.headline,
        "tiers": tiers,
        "parts": parts,
        "exceptions": list(told.exceptions),
        "jumps": list(told.jumps),
        "lists": [line for tier in told.tiers for line in tier.lists][:SHOWN],
        "whole": told.whole,
        "example": told.unit or next(iter(case.tree.get("ooad", [])), "OOAD20"),
    }


def _part(passage: ToldPassage) -> dict[str, object]:
    return {
        "title": f"{passage.title}: {passage.before.rows} → {passage.after.rows} ({passage.change:+})",
        "by": passage.by,
        "lines": [line.text for line in passage.lines[:SHOWN]],
        "more": max(len(passage.lines) - SHOWN, 0),
    }


def cells_of(totals: Totals) -> list[str]:
    """Write totals as a table does."""
    return [str(totals.rows), str(totals.vrs), str(totals.pvr), f"${totals.amount:,.2f}"]
