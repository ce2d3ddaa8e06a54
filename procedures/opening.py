"""Say what prevents a case from being opened over a tree of units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from procedures.definition import ROOT_UNIT, Definition
from procedures.sentences import say_opening


@dataclass(frozen=True, kw_only=True, slots=True)
class OpeningProblem:
    """What is missing of a unit, in Spanish."""

    unit: str
    text: str


def opening_problems(
    definition: Definition,
    tree: Mapping[str, Sequence[str]],
    parents: Mapping[str, str],
    facts: Mapping[str, Mapping[str, object]],
) -> tuple[OpeningProblem, ...]:
    """Return everything that prevents a case over these units, unit by unit; empty when it may open.

    A unit must have what its scope asks to be known of it (`has_egas` of an OOAD is never guessed,
    AMB-05), and something below it, because a join over nothing would open by itself.
    """
    found: list[OpeningProblem] = []
    for scope in definition.scopes.values():
        if scope.grows:
            continue
        units = (ROOT_UNIT,) if scope.parent is None else tree.get(scope.name, ())
        below = [
            other for other in definition.scopes.values() if other.parent == scope.name and not other.grows
        ]
        for unit in units:
            known = facts.get(unit, {})
            name = str(known.get("name") or unit)
            found += [
                OpeningProblem(unit=unit, text=f"{name}: {question}")
                for fact, question in scope.facts.items()
                if known.get(fact) is None
            ]
            found += [
                OpeningProblem(
                    unit=unit, text=say_opening("nothing_below", unit=name or scope.title, below=other.title)
                )
                for other in below
                if not any(
                    parents.get(child, ROOT_UNIT) == unit or unit == ROOT_UNIT
                    for child in tree.get(other.name, ())
                )
            ]
    return tuple(found)
