"""Where the steps of a procedure stand in a drawing: its ways, its lanes and its rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from procedures.definition import Definition, Join, Step

DESK = ""
"""The lane of what the desk does by itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """An arrow from a step to one that waits for it."""

    start: str
    end: str
    join: Join | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """An arrow from a state to another: the step that moves, and under which conditions."""

    start: str
    end: str
    step: str
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A cell of the drawing."""

    row: int
    lane: str
    column: int = 0
    """Side by side within the lane, where steps run in parallel."""


def ways_of(definition: Definition) -> tuple[Way, ...]:
    """Return the arrows of a graph, without those that other arrows already imply."""
    found = []
    for step in definition.steps.values():
        if step.after is None:
            continue
        for earlier in step.after.steps:
            others = [other for other in step.after.steps if other != earlier]
            if any(earlier in _all_before(definition, other) for other in others):
                continue
            narrower = step.scope in definition.broader[definition.steps[earlier].scope]
            found.append(Way(start=earlier, end=step.id, join=step.after.join if narrower else None))
    return tuple(found)


def _all_before(definition: Definition, step: str) -> frozenset[str]:
    """Return every step that comes before one."""
    found: set[str] = set()
    frontier = [step]
    while frontier:
        after = definition.steps[frontier.pop()].after
        for earlier in after.steps if after else ():
            if earlier not in found:
                found.add(earlier)
                frontier.append(earlier)
    return frozenset(found)


def moves_of(definition: Definition) -> tuple[Move, ...]:
    """Return the arrows between states, in the order of the document."""
    return tuple(move for step in definition.steps.values() for move in _moves_of(step))


def _moves_of(step: Step) -> Iterator[Move]:
    said = tuple(dict.fromkeys((*step.when, *(name for trigger in step.on for name in trigger.when))))
    for state in step.from_states:
        if not step.branches:
            yield Move(start=state, end=step.to_state or state, step=step.id, conditions=said)
        for branch in step.branches:
            end = branch.to or step.to_state or state
            yield Move(start=state, end=end, step=step.id, conditions=(*said, *branch.when))


def lane_of(definition: Definition, step: Step) -> str:
    """Return the role in whose lane a step is drawn; who stands for another shares its lane."""
    if not step.actors:
        return DESK
    role = definition.roles[step.actors[0]]
    return role.stands_for or role.key


def lanes_of(definition: Definition) -> tuple[str, ...]:
    """Return the lanes in the order in which the procedure first needs them."""
    return tuple(dict.fromkeys(lane_of(definition, step) for step in definition.steps.values()))


_ABREAST = 3
"""How many steps may stand side by side in a lane before the next takes a row of its own."""


def places_of(definition: Definition) -> dict[str, Place]:
    """Put each step of a graph in a row below what it waits for, in its lane, stage under stage.

    Steps that may run at the same time stand side by side; a branch keeps its column.
    """
    places: dict[str, Place] = {}
    taken: set[Place] = set()
    floor = 0
    stage: str | None = None
    for step in definition.steps.values():
        if step.stage != stage:
            stage = step.stage
            floor = max((place.row + 1 for place in places.values()), default=0)
        lane = lane_of(definition, step)
        before = [places[name] for name in step.after.steps if name in places] if step.after else []
        row = max([floor, *(place.row + 1 for place in before)])
        while (place := _spot(row, lane, before, taken, floor)) is None:
            row += 1
        places[step.id] = place
        taken.add(place)
    return places


def _spot(row: int, lane: str, before: list[Place], taken: set[Place], floor: int) -> Place | None:
    """Return the best free spot of a row: under what comes before, and under or over nothing else."""
    free = [
        place
        for column in range(_ABREAST)
        if (place := Place(row=row, lane=lane, column=column)) not in taken
    ]
    return min(free, key=lambda place: _misfit(place, before, taken, floor), default=None)


def _misfit(place: Place, before: list[Place], taken: set[Place], floor: int) -> tuple[bool, int]:
    """Tell how ill a spot suits: strangers in its column, and how far it is from what comes before."""
    column = {
        other.row: other for other in taken if other.lane == place.lane and other.column == place.column
    }
    above = [other for row, other in column.items() if floor <= row < place.row]
    below = any(row > place.row for row in column)
    stranger = below or bool(above and max(above, key=lambda other: other.row) not in before)
    columns = [other.column for other in before if other.lane == place.lane and other.row >= floor]
    return stranger, abs(place.column - columns[-1]) if columns else place.column


def ranks_of(definition: Definition) -> dict[str, int]:
    """Return how many moves each state is away from the first; the final ones stand last of all."""
    states = definition.states
    if states is None:
        return {}
    moves = moves_of(definition)
    ranks = {states.initial: 0}
    frontier = [states.initial]
    while frontier:
        reached: list[str] = []
        for move in moves:
            if move.start in frontier and move.end not in ranks and move.end not in states.final:
                ranks[move.end] = ranks[move.start] + 1
                reached.append(move.end)
        frontier = reached
    last = max(ranks.values()) + 1
    return ranks | dict.fromkeys(states.final, last)
