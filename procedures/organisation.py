"""Who stands above whom, and who may see what: by post, never by person (ledger 1.4, 6.8, 7.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from procedures.definition import NATION, ROOT_UNIT
from procedures.predicates import View, holds
from procedures.situation import Instance, Situation
from procedures.standing import owners, posts_of


class Secrecy(StrEnum):
    """The classes of what the desk holds (ledger 6.8); C6, the secrets, are shown to nobody."""

    PUBLIC = "C1"
    INTERNAL = "C2"
    PERSONAL = "C3"
    SENSITIVE = "C4"
    MONEY = "C5"


@dataclass(frozen=True, slots=True, order=True)
class Post:
    """A role at a unit."""

    role: str
    unit: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """The tree of units: each with the one above it, the nation at the top."""

    parents: Mapping[str, str]

    def ancestors(self, unit: str) -> tuple[str, ...]:
        """Return the units that contain a unit, the nearest first, the nation last."""
        found: list[str] = []
        above = self.parents.get(unit, "" if unit == NATION else NATION)
        # A tree that loops would be a broken import; what was seen ends the walk.
        while above and above not in found:
            found.append(above)
            above = self.parents.get(above, "" if above == NATION else NATION)
        return tuple(found)

    def contains(self, unit: str, other: str) -> bool:
        """Tell whether a unit is another one or holds it."""
        return unit in {other, NATION} or unit in self.ancestors(other)


_STAFF = frozenset({Secrecy.PUBLIC, Secrecy.INTERNAL})
_LISTS = _STAFF | {Secrecy.PERSONAL}

_SEES: Mapping[str, frozenset[Secrecy]] = MappingProxyType(
    {
        "ES": _STAFF,
        "PAC": _LISTS,
        "SAC": _LISTS | {Secrecy.SENSITIVE},
        "EMS": _LISTS,
        "EGAS": _LISTS,
        "JSPM": _LISTS,
        "CACyPCS": _LISTS | {Secrecy.SENSITIVE},
        "CPEEyPB": _LISTS,
        "CFI": _LISTS | {Secrecy.MONEY},
        "UPIB": _LISTS | {Secrecy.MONEY},
        "ADMIN": _STAFF,
    }
)


def may_see(
    organisation: Organisation,
    post: Post,
    unit: str,
    secrecy: Secrecy = Secrecy.INTERNAL,
    *,
    designated_for: str = "",
) -> bool:
    """Tell whether a post may see what belongs to a unit.

    `designated_for` is the OOAD whose list the post's EMS integrates (A16): it then sees that OOAD.
    Public matters are for everybody; of the rest a post sees its class within its own unit.

    >>> office = Organisation({"OOAD07": "PIB", "OOAD07-R01": "OOAD07", "OOAD07-R02": "OOAD07"})
    >>> may_see(office, Post("SAC", "OOAD07-R01"), "OOAD07-R02")
    False
    """
    if secrecy is Secrecy.PUBLIC:
        return True
    if secrecy not in _SEES.get(post.role, frozenset()):
        return False
    if organisation.contains(post.unit, unit):
        return True
    designated = post.role == "EMS" and bool(designated_for)
    return designated and organisation.contains(designated_for, unit)


@dataclass(frozen=True, kw_only=True, slots=True)
class PossibleException:
    """How a case may go on without what a unit owes: the step to be excepted, and the posts that may."""

    step: str
    scope: str
    posts: frozenset[Post]


def find_exception(situation: Situation, instance: Instance) -> PossibleException | None:
    """Find how a case may go on without the work of a unit that a step belongs to; None when it cannot.

    The gate of the tier above names the steps by which a unit delivers and who may
    except them (G_ALL_PAC, G_ALL_EMS, G_ALL_OOAD).
    """
    definition = situation.definition
    scope = definition.steps[instance.step].scope
    view = View(situation=situation, unit=instance.unit)
    owed = [
        step
        for gate in definition.gates.values()
        for step in gate.excepts
        if definition.steps[step].scope == scope
        and situation.record(step, instance.unit) is None
        and holds(definition.steps[step].when, view) is not False
    ]
    if not owed:
        return None
    roles = definition.excepters[owed[-1]]
    posts = frozenset(Post(*post) for post in posts_of(situation, roles, instance.unit))
    return PossibleException(step=owed[-1], scope=scope, posts=posts)


def levels_above(situation: Situation, instance: Instance, levels: int = 2) -> tuple[tuple[Post, ...], ...]:
    """Return who is told when a step is late: first the level above its owners, then the next.

    A level is empty where nobody stands above (UPIB).
    """
    current = tuple(Post(*owner) for owner in owners(situation, instance))
    found = []
    for _ in range(levels):
        current = tuple(dict.fromkeys(post for below in current for post in _next_up(situation, below)))
        found.append(current)
    return tuple(found)


def _next_up(situation: Situation, post: Post) -> tuple[Post, ...]:
    """Return the posts right above one: the first of its role's line that exists and is somebody else."""
    unit = ROOT_UNIT if post.unit == NATION else post.unit
    for role in situation.definition.roles[post.role].up:
        posts = tuple(Post(*found) for found in posts_of(situation, (role,), unit))
        if posts and post not in posts:
            return posts
    return ()
