"""Find people by a piece of their name, however it is written: accents, order, a slip of the finger."""

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from procedures.lists.names import normalise_name

T = TypeVar("T")

CLOSE = 0.74
"""How alike a written word and a word of a name are at least: LOPES finds LOPEZ, JUAN does not find JOSE."""
SHORTEST_SLIP = 4
"""In a shorter word a slip of the finger leaves too little to recognise."""


def search_people(query: str, people: Sequence[T], name_of: Callable[[T], str]) -> list[T]:
    """Return those whose name has every word of the query, the likeliest first.

    >>> names = ["JUANA PEREZ GOMEZ", "JUAN PEREZ LOPEZ", "MARIA LOPEZ NUÑEZ"]
    >>> search_people("perez juan", names, str)
    ['JUAN PEREZ LOPEZ', 'JUANA PEREZ GOMEZ']
    >>> search_people("nuñes", names, str), search_people("ximena", names, str)
    (['MARIA LOPEZ NUÑEZ'], [])
    """
    wanted = normalise_name(query).split()
    if not wanted:
        return []
    found = []
    for place, person in enumerate(people):
        words = normalise_name(name_of(person)).split()
        scores = [max((_likeness(word, other) for other in words), default=0.0) for word in wanted]
        if all(scores):
            found.append((-sum(scores), place, person))
    return [person for _score, _place, person in sorted(found, key=lambda one: one[:2])]


def _likeness(word: str, other: str) -> float:
    """Return how well a written word stands for one of a name; 0 when it does not."""
    if word == other:
        return 1.0
    if other.startswith(word):
        return 0.95
    if min(len(word), len(other)) < SHORTEST_SLIP:
        return 0.0
    # The rest of a name need not be written out: only its beginning is compared.
    ratio = max(
        SequenceMatcher(None, word, piece, autojunk=False).ratio() for piece in (other, other[: len(word)])
    )
    return ratio * 0.9 if ratio >= CLOSE else 0.0
