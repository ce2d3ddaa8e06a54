"""Draw a procedure as SVG: a graph in swimlanes under its stages, states as boxes with their moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from procedures.definition import Definition, Join, Source, Step
from procedures.flow_layout import (
    DESK,
    Move,
    Way,
    lanes_of,
    moves_of,
    places_of,
    ranks_of,
    ways_of,
)
from procedures.flow_words import plain, say_condition, say_term, say_term_shortly, word
from procedures.svg_shapes import (
    AMBER,
    GOLD,
    GREEN,
    GREY,
    INK,
    NEUTRAL,
    RULE,
    SOFT_INK,
    TEAL,
    WHITE,
    WINE,
    Point,
    Tint,
    arrow,
    box,
    broken,
    curve,
    group,
    icon,
    line,
    page,
    pill,
    width_of,
    words,
)

_MARGIN = 28
_STRIP = 46
"""The strip at the left that names the stage."""
_LANE = 196
_CARD = 178
_HIGH = 72
_GAP = 36
_HEAD = 104
_BAND_HEAD = 46
_BAND_FOOT = 16

_TINTS = {"has_egas": TEAL, "lacks_egas": AMBER}
_ARROWS = {"has_egas": "teal", "lacks_egas": "amber"}


def draw_svg(definition: Definition) -> str:
    """Return the drawing of a procedure, complete in itself: no font, script or image from elsewhere."""
    return _StatesDrawing(definition).draw() if definition.states else _GraphDrawing(definition).draw()


def _told(definition: Definition, step: Step) -> str:
    """Return what a pointer over a step tells: the official text, the term and the gates."""
    term = say_term(step.due.rule, definition.moments) if step.due else ""
    gates = [f"{name}: {definition.gates[name].rule}" for name in step.gates]
    return "\n".join(filter(None, (f"{step.id} · {step.cites}", step.says, term, *gates)))


def _header(definition: Definition, width: float, count: str) -> list[str]:
    title = broken(definition.title, width - 2 * _MARGIN - 40, 19, 2)
    owner = definition.roles[definition.owner].key
    subtitle = word("svg", "version", version=definition.version, owner=owner)
    return [
        box(0, 0, width, _HEAD - 18, fill=GREEN),
        box(0, _HEAD - 18, width, 4, fill=GOLD),
        words((_MARGIN, 30), f"{definition.key} · {subtitle} · {count}", size=12, colour="#e8dcc6"),
        *(
            words(
                (_MARGIN, 54 + 22 * index), text, size=17 if len(title) > 1 else 19, colour=WHITE, bold=True
            )
            for index, text in enumerate(title)
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Band:
    """One stage of the drawing: its lanes with their left edges, and where it begins and ends."""

    stage: str
    top: float
    bottom: float
    lanes: Mapping[str, tuple[float, float]]
    """Lane -> left edge and the width of one of its columns."""
    ends: Mapping[str, float]


class _GraphDrawing:
    """A graph of steps: stages are bands, roles are the lanes of a band, rows go down in time."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.places = places_of(definition)
        self.ways = ways_of(definition)
        self.corridors: dict[int, dict[str, int]] = {}
        """Row -> which slot of the corridor below it each way runs in."""
        self.runs: list[tuple[float, int, int, Way]] = []
        """The long ways that run down between cards: where, and past which rows."""
        self.row_of: dict[int, float] = {}
        self.corners: dict[str, Point] = {}
        self.bands: list[_Band] = []
        stages: dict[str, list[str]] = {}
        for step in definition.steps.values():
            stages.setdefault(step.stage, []).append(step.id)
        columns = {stage: self._columns(steps) for stage, steps in stages.items()}
        most = max(sum(counts.values()) for counts in columns.values())
        self.inner = float(most * _LANE)
        self.width = _MARGIN * 2 + _STRIP + self.inner
        y = float(_HEAD + 14)
        for stage, steps in stages.items():
            y = self._add_band(stage, steps, columns[stage], y)
        self.height = y + 64
        self.spans: dict[int, list[tuple[float, float]]] = {}
        for card, (x, _) in self.corners.items():
            self.spans.setdefault(self.places[card].row, []).append((x - 7, x + _CARD + 7))

    def _columns(self, steps: Sequence[str]) -> dict[str, int]:
        """Return the lanes that some steps need and how many columns each needs, in the lanes' order."""
        counts: dict[str, int] = {}
        for step in steps:
            place = self.places[step]
            counts[place.lane] = max(counts.get(place.lane, 0), place.column + 1)
        return {lane: counts[lane] for lane in lanes_of(self.definition) if lane in counts}

    def _add_band(self, stage: str, steps: Sequence[str], counts: Mapping[str, int], top: float) -> float:
        """Lay out one stage and return where the next begins."""
        column = self.inner / sum(counts.values())
        lanes: dict[str, tuple[float, float]] = {}
        ends: dict[str, float] = {}
        x = float(_MARGIN + _STRIP)
        for lane, count in counts.items():
            lanes[lane] = (x, column)
            x += column * count
            ends[lane] = x
        y = top + _BAND_HEAD + 16
        rows = [self.places[step].row for step in steps]
        for row in range(min(rows), max(rows) + 1):
            self.row_of[row] = y
            y += _HIGH + _GAP
        for step in steps:
            place = self.places[step]
            left, wide = lanes[place.lane]
            self.corners[step] = (left + wide * place.column + (wide - _CARD) / 2, self.row_of[place.row])
        bottom = y + _BAND_FOOT - _GAP / 2
        self.bands.append(_Band(stage, top, bottom, lanes, ends))
        return bottom

    def draw(self) -> str:
        """Return the page."""
        count = word("svg", "activities", count=len(self.definition.activities))
        parts = [
            *_header(self.definition, self.width, count),
            *(part for index, band in enumerate(self.bands) for part in self._band(band, index)),
            *(self._way(way) for way in sorted(self.ways, key=self._length)),
            *(self._card(step) for step in self.definition.steps.values()),
            *self._legend(),
        ]
        return page(self.width, self.height, self.definition.title, parts)

    def _length(self, way: Way) -> int:
        return self.places[way.end].row - self.places[way.start].row

    def _band(self, band: _Band, index: int) -> list[str]:
        left, right = float(_MARGIN), self.width - _MARGIN
        paper, strip = (WHITE, WINE) if index % 2 else ("#f6f3ec", GREEN)
        parts = [
            box(left, band.top, right - left, band.bottom - band.top, fill=paper, stroke=RULE),
            box(left, band.top, _STRIP, band.bottom - band.top, fill=strip),
            *self._band_name(band.stage, band.top, band.bottom),
        ]
        for lane, (x, _) in band.lanes.items():
            wide = band.ends[lane] - x
            parts.append(line((x, band.top), (x, band.bottom)))
            name = lane or word("text", "lane_desk")
            parts.append(words((x + 9, band.top + 18), name, size=13, bold=True, colour=strip))
            title = self.definition.roles[lane].title if lane != DESK else ""
            parts += [
                words((x + 9, band.top + 31 + 10.5 * part), text, size=9, colour=SOFT_INK)
                for part, text in enumerate(broken(title, min(wide - 16, _LANE), 9, 2))
            ]
        return parts

    def _band_name(self, stage: str, top: float, bottom: float) -> list[str]:
        known = self.definition.stages.get(stage)
        if known is None:
            return []
        text = word("text", "stage", stage=stage, title=known.title)
        lines = broken(text, bottom - top - 44, 12, 2, bold=True)
        x = _MARGIN + _STRIP / 2 + 4 - 8 * (len(lines) - 1)
        return [
            words(
                (x + 16 * index, (top + bottom) / 2),
                part,
                size=12,
                colour=WHITE,
                bold=True,
                anchor="middle",
                turned=True,
            )
            for index, part in enumerate(lines)
        ]

    # Cards.

    def _tint(self, step: Step) -> Tint:
        for name in step.when:
            if name in _TINTS:
                return _TINTS[name]
        return GREY if not step.needs_person else NEUTRAL

    def _card(self, step: Step) -> str:
        x, y = self.corners[step.id]
        tint = self._tint(step)
        automatic = not step.needs_person
        chip = width_of(step.id, 10) + 12
        parts = [
            box(
                x,
                y,
                _CARD,
                _HIGH,
                fill=tint.paper,
                stroke=tint.border,
                radius=9,
                dashed=automatic,
                kind="body",
            ),
            box(x + 8, y + 8, chip, 16, fill=tint.border if tint is not NEUTRAL else GREEN, radius=8),
            words((x + 8 + chip / 2, y + 20), step.id, size=10, colour=WHITE, bold=True, anchor="middle"),
        ]
        scope = self.definition.scopes[step.scope]
        if scope.parent is not None:
            parts.append(
                words((x + 14 + chip, y + 20), plain("per", scope=scope.title), size=9, colour=SOFT_INK)
            )
        parts += self._icons(step, x + _CARD - 8, y + 11)
        parts += [
            words((x + 10, y + 39 + 13 * index), text, size=11, bold=False)
            for index, text in enumerate(broken(step.title, _CARD - 18, 11, 2))
        ]
        term = say_term_shortly(step.due.rule, self.definition.moments) if step.due else ""
        if term:
            (shown,) = broken(term, _CARD - 18, 8.5, 1)
            parts.append(words((x + 10, y + _HIGH - 7), shown, size=8.5, colour=SOFT_INK))
        parts += self._above(step, x, y)
        return group(parts, told=_told(self.definition, step), kind="card")

    def _icons(self, step: Step, right: float, y: float) -> list[str]:
        names = []
        if step.gates:
            names.append(("gate", GOLD))
        if step.returns:
            names.append(("back", WINE))
        if step.repeat:
            names.append(("repeat", SOFT_INK))
        if any(trigger.source is Source.TIMER for trigger in step.on):
            names.append(("timer", SOFT_INK))
        return [
            icon(name, (right - 10 - 14 * index, y), colour=colour)
            for index, (name, colour) in enumerate(names)
        ]

    def _above(self, step: Step, x: float, y: float) -> list[str]:
        """Return what stands over a card: whom it waits for, and the condition."""
        parts = []
        joined = [way for way in self.ways if way.end == step.id and way.join is not None]
        if joined:
            scope = self.definition.scopes[self.definition.steps[joined[0].start].scope].title
            key = "join_all" if joined[0].join is Join.ALL else "join_any"
            text = word("svg", key, scope=scope)
            width = width_of(text, 8.5, bold=True) + 10
            parts.append(pill((x + 4 + width, y - 10), text, fill=INK, size=8.5))
        if self._begins_branch(step):
            said = say_condition(self.definition, step.when[0])
            tint = self._tint(step)
            fill = SOFT_INK if tint is NEUTRAL else tint.border
            parts.append(pill((x + _CARD + 3, y - 10), said, fill=fill, size=8.5))
        return parts

    def _begins_branch(self, step: Step) -> bool:
        """Tell whether a step stands under a condition that none of those before it stands under."""
        before = [self.definition.steps[way.start].when for way in self.ways if way.end == step.id]
        return bool(step.when) and not any(step.when[0] in conditions for conditions in before)

    # Ways.

    def _corridor(self, row: int, user: str) -> float:
        """Return the height at which a way crosses below a row."""
        users = self.corridors.setdefault(row, {})
        slot = users.setdefault(user, len(users))
        return self.row_of[row] + _HIGH + 8 + 5 * (slot % 4)

    def _is_clear(self, x: float, rows: range, way: Way) -> bool:
        """Tell whether a way can run straight down past some rows: no card there, no other way."""
        cards = (span for row in rows for span in self.spans.get(row, ()))
        if any(left < x < right for left, right in cards):
            return False
        return not any(
            abs(x - other) < 7
            and first < rows.stop
            and rows.start < last
            and way.start != run.start
            and way.end != run.end
            for other, first, last, run in self.runs
        )

    def _way(self, way: Way) -> str:
        start, end = self.places[way.start], self.places[way.end]
        x0, x1 = (self.corners[step][0] + _CARD / 2 for step in (way.start, way.end))
        y0, y1 = self.row_of[start.row] + _HIGH, self.row_of[end.row] - 1
        conditions = self.definition.steps[way.end].when
        head = next((_ARROWS[name] for name in conditions if name in _ARROWS), "plain")
        between = range(start.row + 1, end.row)
        if x0 == x1 and self._is_clear(x1, between, way):
            return arrow([(x0, y0), (x1, y1)], head=head)
        upper = self._corridor(start.row, way.start)
        if not between:
            return arrow([(x0, y0), (x0, upper), (x1, upper), (x1, y1)], head=head)
        lower = self._corridor(end.row - 1, way.end)
        x = self._run(x0, x1, between, way)
        self.runs.append((x, between.start, between.stop, way))
        if x == x1:
            return arrow([(x0, y0), (x0, upper), (x1, upper), (x1, y1)], head=head)
        if x == x0:
            return arrow([(x0, y0), (x0, lower), (x1, lower), (x1, y1)], head=head)
        return arrow([(x0, y0), (x0, upper), (x, upper), (x, lower), (x1, lower), (x1, y1)], head=head)

    def _run(self, x0: float, x1: float, rows: range, way: Way) -> float:
        """Return where a long way runs down: over its end, under its start, or the nearest gap."""
        left, right = _MARGIN + _STRIP + 4, self.width - _MARGIN - 4
        gaps = sorted(
            (left + 3 * step for step in range(int((right - left) / 3))),
            key=lambda x: abs(x - x0) + abs(x - x1),
        )
        return next((x for x in (x1, x0, *gaps) if self._is_clear(x, rows, way)), x1)

    def _legend(self) -> list[str]:
        y = self.height - 40
        x = float(_MARGIN)
        parts: list[str] = []
        swatches = [(NEUTRAL, word("svg", "both"), False)]
        for name, tint in _TINTS.items():
            if any(name in step.when for step in self.definition.steps.values()):
                swatches.append((tint, say_condition(self.definition, name), False))
        swatches.append((GREY, word("svg", "automatic"), True))
        for tint, text, dashed in swatches:
            parts.append(box(x, y, 26, 14, fill=tint.paper, stroke=tint.border, radius=4, dashed=dashed))
            parts.append(words((x + 32, y + 11), text, size=11))
            x += 32 + width_of(text, 11) + 22
        parts.append(box(x, y, 26, 14, fill=INK, radius=7))
        parts.append(words((x + 32, y + 11), word("svg", "join"), size=11))
        x += 32 + width_of(word("svg", "join"), 11) + 22
        for name, colour in (("gate", GOLD), ("back", WINE), ("repeat", SOFT_INK), ("timer", SOFT_INK)):
            key = {"back": "returns"}.get(name, name)
            parts.append(icon(name, (x, y + 2), colour=colour))
            parts.append(words((x + 16, y + 11), word("svg", key), size=11))
            x += 16 + width_of(word("svg", key), 11) + 22
        return parts


_STATE = 326
_STATE_GAP = 120
_STATE_HEAD = 30
_MOVE = 38
_STATE_SPACE = 34


class _StatesDrawing:
    """States as boxes; each lists the steps that may be taken in it, and an arrow to where they lead."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.states = definition.states
        self.moves = _merged(moves_of(definition))
        ranks = ranks_of(definition)
        columns: dict[int, list[str]] = {}
        for state, rank in ranks.items():
            columns.setdefault(rank, []).append(state)
        self.columns = [columns[rank] for rank in sorted(columns)]
        self.rank = {state: index for index, column in enumerate(self.columns) for state in column}
        self.width = _MARGIN * 2 + len(self.columns) * _STATE + (len(self.columns) - 1) * _STATE_GAP
        self.tops: dict[str, float] = {}
        tallest = max(self._column_height(column) for column in self.columns)
        for column in self.columns:
            y = _HEAD + 34 + (tallest - self._column_height(column)) / 2
            for state in column:
                self.tops[state] = y
                y += self._height_of(state) + _STATE_SPACE
        self.height = _HEAD + 34 + tallest + 60

    def draw(self) -> str:
        """Return the page."""
        count = word("svg", "states", count=len(self.tops), steps=len(self.definition.steps))
        parts = [
            *_header(self.definition, self.width, count),
            *(self._way(state, index, move) for state in self.tops for index, move in self._rows(state)),
            *(self._state(state) for state in self.tops),
        ]
        return page(self.width, self.height, self.definition.title, parts)

    def _rows(self, state: str) -> list[tuple[int, Move]]:
        return list(enumerate(move for move in self.moves if move.start == state))

    def _height_of(self, state: str) -> float:
        return _STATE_HEAD + _MOVE * len(self._rows(state)) + (4 if self._rows(state) else 0)

    def _column_height(self, column: Sequence[str]) -> float:
        return sum(self._height_of(state) for state in column) + _STATE_SPACE * (len(column) - 1)

    def _left(self, state: str) -> float:
        return _MARGIN + self.rank[state] * (_STATE + _STATE_GAP)

    def _title(self, state: str) -> str:
        return self.states.title(state) if self.states else state

    def _is_near(self, move: Move) -> bool:
        """Tell whether an arrow can go from one to the other without running behind a third."""
        return move.end != move.start and abs(self.rank[move.end] - self.rank[move.start]) <= 1

    def _state(self, state: str) -> str:
        x, y = self._left(state), self.tops[state]
        final = self.states is not None and state in self.states.final
        colour = self._colour(state)
        height = self._height_of(state)
        parts = [
            box(x, y, _STATE, height, fill=WHITE, stroke=colour, radius=9, thick=1.6, kind="body"),
            box(x, y, _STATE, _STATE_HEAD, fill=colour, radius=9),
            box(x, y + _STATE_HEAD / 2, _STATE, _STATE_HEAD / 2, fill=colour) if self._rows(state) else "",
            words((x + 12, y + 20), self._title(state), size=13, colour=WHITE, bold=True),
        ]
        if final:
            parts.append(
                words((x + _STATE - 12, y + 20), word("svg", "final"), size=10, colour=WHITE, anchor="end")
            )
        for index, move in self._rows(state):
            parts += self._row(x, y + _STATE_HEAD + _MOVE * index, move, first=index == 0)
        return group(parts, kind="card")

    def _colour(self, state: str) -> str:
        if self.states is not None and state in self.states.final:
            return WINE
        return GOLD if self.states is not None and state == self.states.initial else GREEN

    def _row(self, x: float, y: float, move: Move, *, first: bool) -> list[str]:
        step = self.definition.steps[move.step]
        who = ", ".join(step.actors) or word("text", "lane_desk")
        said = ", ".join(say_condition(self.definition, name) for name in move.conditions)
        chip = width_of(step.id, 9.5) + 12
        timed = any(trigger.source is Source.TIMER for trigger in step.on)
        tint = WINE if timed else GREEN if step.actors else SOFT_INK
        (title,) = broken(step.title, _STATE - chip - 26 - 14 * (timed + bool(step.gates)), 11, 1)
        target = "" if move.end == move.start else f"▸ {self._title(move.end)}"
        taken = width_of(target, 9, bold=True)
        (below,) = broken(f"{who}{f' · {said}' if said else ''}", _STATE - 34 - taken, 9, 1)
        parts = [
            "" if first else line((x + 10, y), (x + _STATE - 10, y)),
            box(x + 10, y + 6, chip, 15, fill=tint, radius=7.5),
            words((x + 10 + chip / 2, y + 17), step.id, size=9.5, colour=WHITE, bold=True, anchor="middle"),
            words((x + 16 + chip, y + 18), title, size=11),
            words((x + 12, y + 32), below, size=9, colour=SOFT_INK),
            words(
                (x + _STATE - 11, y + 32),
                target,
                size=9,
                colour=self._colour(move.end),
                bold=True,
                anchor="end",
            ),
        ]
        right = x + _STATE - 20
        if move.end == move.start:
            parts.append(icon("repeat", (right, y + 8)))
            right -= 14
        if timed:
            parts.append(icon("timer", (right, y + 8), colour=WINE))
            right -= 14
        if step.gates:
            parts.append(icon("gate", (right, y + 8), colour=GOLD))
        return [group(parts, told=_told(self.definition, step))]

    def _way(self, state: str, index: int, move: Move) -> str:
        """Return the arrow of a row: onwards from its right side, backwards from its left."""
        if not self._is_near(move):
            return ""
        x0, y0 = self._left(state), self.tops[state] + _STATE_HEAD + _MOVE * index + _MOVE / 2
        x1, y1 = self._left(move.end), self.tops[move.end] + _STATE_HEAD / 2
        step = self.definition.steps[move.step]
        timed = any(trigger.source is Source.TIMER for trigger in step.on)
        head = "wine" if timed else "amber" if self.rank[move.end] <= self.rank[state] else "plain"
        reach = _STATE_GAP * 0.62
        if self.rank[move.end] > self.rank[state]:
            start, end = (x0 + _STATE, y0), (x1 - 1, y1)
            return curve(start, (start[0] + reach, y0), (end[0] - reach, y1), end, head=head)
        if self.rank[move.end] == self.rank[state]:
            start, end = (x0 + _STATE, y0), (x1 + _STATE + 1, y1)
            return curve(start, (start[0] + reach, y0), (end[0] + reach, y1), end, head=head)
        start, end = (x0, y0), (x1 + _STATE + 1, y1)
        return curve(start, (start[0] - reach, y0), (end[0] + reach, y1), end, head=head)


def _merged(moves: Sequence[Move]) -> tuple[Move, ...]:
    """Return each way once: a step that moves twice to the same state does so under either condition."""
    return tuple(dict.fromkeys(moves))
