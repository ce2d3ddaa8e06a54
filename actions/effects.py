"""The effects that definitions may name, and what does each of them."""

from collections.abc import Callable
from typing import TypeAlias

from actions.authorise_list import authorise_list
from actions.desk import Desk
from actions.integrate_list import integrate
from actions.make_layout import make_layout
from actions.release_list import release_list
from actions.send_message import send_message
from procedures.definition import Effect
from procedures.engine import Happening, Instance, Taken
from storage.cases import CaseRow
from storage.lists import ListLevel

Doer: TypeAlias = Callable[[Desk, CaseRow, Instance, str, int | None], None]


class UnknownEffect(LookupError):
    """A definition names an effect that nothing does; the loader refuses it long before."""


def _send(desk: Desk, case: CaseRow, instance: Instance, message: str, person_id: int | None) -> None:
    del person_id
    send_message(desk, case, instance, message)


def _integrate(desk: Desk, case: CaseRow, instance: Instance, level: str, person_id: int | None) -> None:
    integrate(desk, case, ListLevel(level), instance.unit, person_id=person_id)


def _authorise(desk: Desk, case: CaseRow, instance: Instance, level: str, person_id: int | None) -> None:
    authorise_list(desk, case, ListLevel(level), instance.unit, person_id=person_id)


def _make_layout(desk: Desk, case: CaseRow, instance: Instance, level: str, person_id: int | None) -> None:
    del level
    make_layout(desk, case, instance.unit, person_id=person_id)


def _release(desk: Desk, case: CaseRow, instance: Instance, level: str, person_id: int | None) -> None:
    del level
    release_list(desk, case, instance, person_id=person_id)


def _designate(desk: Desk, case: CaseRow, instance: Instance, role: str, person_id: int | None) -> None:
    del role, person_id
    send_message(desk, case, instance, "M-12")


EFFECTS: dict[str, Doer] = {
    "send": _send,
    "integrate": _integrate,
    "authorise": _authorise,
    "make_layout": _make_layout,
    "release": _release,
    "designate": _designate,
}


def run(
    desk: Desk, case: CaseRow, taken: Taken, effect: Effect, happening: Happening, evidence: object
) -> None:
    """Do one effect of a step that was taken."""
    person_id = getattr(evidence, "person_id", None)
    doer = EFFECTS.get(effect.name)
    if doer is None:
        raise UnknownEffect(effect.name)
    doer(desk, case, taken.instance, effect.argument, None if taken.by_system else person_id)
    del happening
