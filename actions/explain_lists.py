"""Explain the totals of a period's lists: what changed from tier to tier and from version to version, who did it, when, by which letter.

"412 became 409, why?" is answered line by line, and the lines always add up to the difference.
Everything here is a plain value; what somebody may not see is left out before it is returned.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from actions.desk import Desk
from actions.find_duplicates import SAYS, decider_posts, label_of
from actions.find_jump import find_jump_of
from actions.find_unit import get_case_of, get_unit
from actions.integrate_list import TIERS_ABOVE_PAC, units_left_out
from actions.letter_values import exceptions_of, short_name, unit_in_words
from actions.money import pesos
from procedures.lists.lineage import (
    Entry,
    Passage,
    Turn,
    tell_tiers,
    tell_versions,
    tier_of,
    tiers_between,
)
from procedures.lists.lines import ooad_of, region_of
from procedures.lists.rows import Severity
from procedures.lists.totals import Totals
from storage import duplicates, entries, lineage, lists, people
from storage.cases import CaseRow
from storage.duplicates import DuplicateRow
from storage.lists import ListLevel, ListLineRow, ListVersionRow

TITLES = {
    ListLevel.LVP: "Listados de los PAC (LVP)",
    ListLevel.LVR: "Listados de las regiones (LVR)",
    ListLevel.LVO: "Listados de los OOAD (LVO)",
    ListLevel.LVN: "Listado nacional (LVN)",
    ListLevel.LD: "Listado definitivo (LD)",
}
_SCOPES = {ListLevel.LVP: "pac", ListLevel.LVR: "region", ListLevel.LVO: "ooad"}
_TURNS = {
    Turn.LEFT_OUT: "quedó fuera por un duplicado decidido",
    Turn.REFUSED: "no lo admite el layout del Prestador de Servicios",
    Turn.UNTOLD: "no subió y nada en los libros dice por qué",
    Turn.UNSOURCED: "no viene de ningún listado de abajo",
    Turn.ALTERED: "dice otra cosa que abajo",
    Turn.JOINED: "alta",
    Turn.LEFT: "baja",
    Turn.CHANGED: "cambio",
}
_NOT_SHOWN = {
    "municipality": "municipio",
    "entity": "estado",
    "situation": "situación",
    "remarks": "observaciones",
}
"""What a change is only named by: no total depends on it, and remarks may say anything of anybody."""
PENDING = "pending"
EXCUSED = "excused"
REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldLine:
    """A line that makes a difference, in words."""

    turn: str
    unit: str
    """The PAC's ámbito whose line it is."""
    rows: int
    """What it adds to the count: -1, 0 or 1, or as many as a whole list has."""
    centavos: int
    text: str
    duplicate: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldPassage:
    """The way from one list to another, with every line that makes the difference."""

    title: str
    before: Totals
    after: Totals
    lines: tuple[ToldLine, ...]
    by: str = ""
    """Who made the later one, when, by which letter."""
    whole: bool = True
    """Whether the lines account for the whole difference; if not, somebody altered the books."""

    @property
    def change(self) -> int:
        """Return the difference in rows."""
        return self.after.rows - self.before.rows


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldTier:
    """The lists of a tier, as far as they are about a unit."""

    level: str
    title: str
    totals: Totals
    by_ambito: Mapping[str, Totals]
    """By PAC, in order; for the nation by OOAD."""
    lists: tuple[str, ...]
    """Each list in words: unit, version, state, who, when, folio."""
    missing: tuple[str, ...] = ()
    """Units without a list at this tier."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Why the totals of a unit are what they are."""

    period: str
    unit: str
    where: str
    headline: str
    rejected: tuple[ToldLine, ...]
    """Rows of the workbooks that came which do not stand yet, and why."""
    tiers: tuple[ToldTier, ...]
    passages: tuple[ToldPassage, ...]
    """From tier to tier."""
    versions: tuple[ToldPassage, ...]
    """From version to version of one list."""
    exceptions: tuple[str, ...] = ()
    jumps: tuple[str, ...] = ()
    """Which of the unit's own lists jumped since the period before, and why (V-059)."""
    whole: bool = field(default=True)

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        values = asdict(self)
        for told in (*values["passages"], *values["versions"]):
            told["change"] = (
                told["after"]["vrs"] + told["after"]["pvr"] - told["before"]["vrs"] - told["before"]["pvr"]
            )
        return values


def explain_lists(
    desk: Desk,
    period: str,
    unit: str = "",
    *,
    since: str = "A08",
    until: str = "A27",
    scope: str | None = None,
    names: bool = False,
) -> Explanation:
    """Explain the totals of a unit between two activities.

    `scope` is the unit of whoever asks (the same unless it is named): decisions of posts
    above it are told without the other list and without the reason. Names of volunteers
    are told only with `names`.

    Raises:
        NoSuchPeriod, NoSuchUnit: there is none.
    """
    case = get_case_of(desk, period)
    code = get_unit(case, unit)
    teller = _Teller(desk, case, code, scope=code if scope is None else scope, names=names)
    levels = [ListLevel(tier) for tier in tiers_between(tier_of(since), tier_of(until))]
    standing = {level: teller.standing(level) for level in levels}
    levels = [level for level in levels if standing[level]]
    rejected = tuple(teller.rejected(standing.get(ListLevel.LVP, [])))
    passages = [
        teller.passage(lower, upper, standing[lower], standing[upper]) for lower, upper in pairwise(levels)
    ]
    histories = tuple(told for level in levels for told in teller.histories(level, standing[level]))
    tiers = tuple(teller.tier(level, standing[level]) for level in levels)
    return Explanation(
        period=period,
        unit=code,
        where=unit_in_words(case, code),
        headline=_headline(rejected, passages, tiers),
        rejected=rejected,
        tiers=tiers,
        passages=tuple(passages),
        versions=histories,
        exceptions=tuple(exceptions_of(desk, case, code)),
        jumps=tuple(jump for level in levels for jump in teller.jumps(standing[level])),
        whole=all(told.whole for told in (*passages, *histories)),
    )


def _headline(
    rejected: Sequence[ToldLine], passages: Sequence[ToldPassage], tiers: Sequence[ToldTier]
) -> str:
    """Say in one sentence what the totals became and why."""
    if not tiers:
        return "Todavía no hay listados."
    first = tiers[0].totals.rows + len(rejected)
    last = tiers[-1].totals.rows
    told = [*rejected, *(line for passage in passages for line in passage.lines if line.rows)]
    if not told:
        return f"{first} renglones, sin diferencias."
    counts: dict[str, int] = {}
    for line in told:
        counts[line.turn] = counts.get(line.turn, 0) + line.rows
    return f"{first} → {last}: {'; '.join(_cause(turn, change) for turn, change in counts.items())}."


def causes_by_unit(case: CaseRow, explanation: Explanation) -> list[str]:
    """Return of each ámbito how many of its lines make the difference and why; counts, and nothing of anybody."""
    counts: dict[tuple[str, str], int] = {}
    lines = (*explanation.rejected, *(line for told in explanation.passages for line in told.lines))
    for line in lines:
        if line.rows:
            counts[line.unit, line.turn] = counts.get((line.unit, line.turn), 0) + line.rows
    return [
        f"{unit_in_words(case, unit).split(',')[0]}: {_cause(turn, change)}"
        for (unit, turn), change in sorted(counts.items())
    ]


_CAUSES = {
    Turn.LEFT_OUT.value: ("por un duplicado decidido", "por duplicados decididos"),
    Turn.REFUSED.value: ("que el layout no admite", "que el layout no admite"),
    REJECTED: ("por corregir en su libro", "por corregir en su libro"),
    PENDING: ("por integrar", "por integrar"),
}


def _cause(turn: str, change: int) -> str:
    one, many = _CAUSES.get(turn, (_TURNS[Turn(turn)] if turn in set(Turn) else turn,) * 2)
    return f"{change:+} {one if abs(change) == 1 else many}"


class _Teller:
    """Tells of the lists of one expediente, as far as they are about a unit and its asker may know."""

    def __init__(self, desk: Desk, case: CaseRow, unit: str, *, scope: str, names: bool) -> None:
        self._desk = desk
        self._case = case
        self._unit = unit
        self._scope = scope
        self._names = names
        self._decided: dict[int, DuplicateRow] = {}
        self._refused: dict[int, str] = {}

    # The lists

    def standing(self, level: ListLevel) -> list[ListVersionRow]:
        """Return the lists of a tier that stand and hold people of the unit."""
        return lists.current_versions(self._desk.session, self._case.id, level, self._units(level))

    def _units(self, level: ListLevel) -> list[str]:
        """Return the units of a tier that lie in the unit, or hold it."""
        if level not in _SCOPES:
            return [""]
        own = {
            self._unit,
            region_of(self._unit) if self._unit.count("-") == 2 else self._unit,
            ooad_of(self._unit),
        }
        return [
            code
            for code in self._case.tree.get(_SCOPES[level], [])
            if not self._unit or code.startswith(f"{self._unit}-") or code in own
        ]

    # Totals

    def _totals(self, versions: Iterable[ListVersionRow]) -> dict[str, Totals]:
        ids = [version.id or 0 for version in versions]
        return lineage.totals_by_ambito(self._desk.session, ids, self._unit)

    def tier(self, level: ListLevel, versions: Sequence[ListVersionRow]) -> ToldTier:
        """Return the totals of a tier, and each of its lists in words."""
        by_pac = self._totals(versions)
        present = {version.unit for version in versions}
        grouped: dict[str, Totals] = {}
        for pac, totals in by_pac.items():
            place = pac if self._unit else ooad_of(pac)
            grouped[place] = grouped.get(place, Totals()) + totals
        return ToldTier(
            level=level.value,
            title=TITLES[level],
            totals=sum(by_pac.values(), Totals()),
            by_ambito={self._short(place): totals for place, totals in grouped.items()},
            lists=tuple(f"{self._called(version)}: {self._by(version)}" for version in versions),
            missing=tuple(self._short(code) for code in self._units(level) if code not in present),
        )

    def jumps(self, versions: Sequence[ListVersionRow]) -> Iterator[str]:
        """Tell which of the unit's own lists jumped; the sender's words, which may name people, only with names."""
        for version in versions:
            if version.level is ListLevel.LD or not self._is_own(version.unit):
                continue
            jump = find_jump_of(
                self._desk,
                self._case,
                version,
                f"{version.level.value}, {short_name(self._case, version.unit)}",
            )
            if jump is None:
                continue
            if self._names or jump.given is None:
                yield jump.in_words()
            else:
                act = self._act(jump.given.person_id, jump.given.at, jump.given.entry_id)
                yield f"{jump.finding.message} Con motivo asentado: {act}. ({jump.finding.code})"

    def _short(self, unit: str) -> str:
        return unit_in_words(self._case, unit).split(",")[0]

    def _called(self, version: ListVersionRow) -> str:
        return f"{self._short(version.unit)}, versión {version.version}"

    def _by(self, version: ListVersionRow) -> str:
        """Say of a list where it stands, who made it, when and by which letter."""
        state = version.state.value.replace("_", " ")
        return f"{self._act(version.person_id, version.made_at, version.entry_id)}; está {state}"

    def _act(self, person_id: int | None, at: Any, entry_id: int | None) -> str:
        who = people.get_person(self._desk.session, person_id).full_name if person_id else "la Oficialía"
        folio = entries.get_entry(self._desk.session, entry_id).folio if entry_id else ""
        day = f"{self._desk.local_date(at):%d-%m-%Y}" if at else "sin fecha"
        return ", ".join(part for part in (who, day, f"folio {folio}" if folio else "") if part)

    # From tier to tier

    def rejected(self, versions: Sequence[ListVersionRow]) -> Iterator[ToldLine]:
        """Tell which rows of the workbooks that came do not stand, and why."""
        for version in versions:
            if not version.rejected or not self._is_own(version.unit):
                continue
            by_row: dict[int, list[str]] = {}
            for item in lists.findings_of(self._desk.session, version.id):
                if item.severity == Severity.ERROR and item.row is not None:
                    by_row.setdefault(item.row, []).append(f"{item.message} ({item.code})")
            for _row, messages in sorted(by_row.items()):
                text = f"{self._called(version)}: {' '.join(messages)}"
                yield ToldLine(turn=REJECTED, unit=version.unit, rows=-1, centavos=0, text=text)

    def _is_own(self, unit: str) -> bool:
        return not self._unit or unit == self._unit or unit.startswith(f"{self._unit}-")

    def passage(
        self,
        lower: ListLevel,
        upper: ListLevel,
        below: Sequence[ListVersionRow],
        above: Sequence[ListVersionRow],
    ) -> ToldPassage:
        """Tell what became of the lines of a tier in the next: left out, not integrated yet, in an older version."""
        causes = self._causes(upper)
        told: list[ToldLine] = []
        whole = True
        used: dict[str, ListVersionRow] = {}
        for version in above:
            parents = lists.versions_by_id(self._desk.session, version.parents)
            used.update((parent.unit, parent) for parent in parents)
            passage = self._made_of(version, parents, causes)
            whole = whole and passage.is_whole
            told += [self._entry(entry, lower) for entry in passage.entries]
        told += self._not_yet(below, used, lower)
        before = sum(self._totals(below).values(), Totals())
        after = sum(self._totals(above).values(), Totals())
        return ToldPassage(
            title=f"De {TITLES[lower]} a {TITLES[upper]}",
            before=before,
            after=after,
            lines=tuple(told),
            whole=whole and sum(line.rows for line in told) == after.rows - before.rows,
        )

    def _made_of(
        self, version: ListVersionRow, parents: Sequence[ListVersionRow], causes: Mapping[int, int]
    ) -> Passage[ListLineRow]:
        session, ids = self._desk.session, [parent.id or 0 for parent in parents]
        behind = lineage.lines_left_behind(session, version.id or 0, ids, self._unit)
        refused = version.level is ListLevel.LD

        def turned(line: ListLineRow) -> Turn:
            if line.id in causes:
                return Turn.LEFT_OUT
            reason = self._refusal(version, line) if refused else ""
            if reason:
                self._refused[line.id or 0] = reason
            return Turn.REFUSED if reason else Turn.UNTOLD

        return tell_tiers(
            (
                sum(self._totals(parents).values(), Totals()),
                sum(self._totals([version]).values(), Totals()),
            ),
            left_behind=[(line, turned(line), causes.get(line.id or 0)) for line in behind],
            unsourced=lineage.lines_without_source(session, version.id or 0, ids, self._unit),
            altered=lineage.lines_altered(session, version.id or 0, self._unit),
        )

    def _refusal(self, version: ListVersionRow, line: ListLineRow) -> str:
        """Return why the layout refused a line: the listado definitivo's own notes say it by reference."""
        reference = f"{self._case.period}-{line.position:06d}: "
        return next(
            (note.removeprefix(reference) for note in version.notes if note.startswith(reference)), ""
        )

    def _causes(self, upper: ListLevel) -> dict[int, int]:
        """Return, for the lines right below a tier, the decision that left each out."""
        if upper not in TIERS_ABOVE_PAC:
            return {}
        session = self._desk.session
        found = [
            row
            for unit in self._units(upper)
            for row in duplicates.duplicates_at(session, self._case.id, unit)
            if row.decision == duplicates.SAME
        ]
        self._decided.update((row.id or 0, row) for row in found)
        causes = duplicates.lines_left_out(session, {row.id or 0 for row in found})
        for _tier in range(TIERS_ABOVE_PAC[upper]):
            above = duplicates.lines_above(session, causes)
            causes = {line: cause for below, cause in causes.items() for line in above.get(below, ())}
        return causes

    def _not_yet(
        self, below: Sequence[ListVersionRow], used: Mapping[str, ListVersionRow], lower: ListLevel
    ) -> Iterator[ToldLine]:
        """Tell what the next tier has not taken up: a whole list, by an exception or not yet, or what a newer version changed."""
        scope = _SCOPES.get(lower, "")
        excused = units_left_out(self._desk, self._case, scope, [version.unit for version in below])
        for version in below:
            parent = used.get(version.unit)
            if parent is None:
                totals = sum(self._totals([version]).values(), Totals())
                is_excused = version.unit in excused
                why = (
                    "no cuenta, se siguió sin este listado (excepción)" if is_excused else "aún no se integra"
                )
                if totals.rows:
                    yield ToldLine(
                        turn=EXCUSED if is_excused else PENDING,
                        unit=version.unit,
                        rows=-totals.rows,
                        centavos=-totals.centavos,
                        text=f"{self._called(version)}: {why} ({totals.rows} renglones, {pesos(totals.centavos)}).",
                    )
            elif parent.id != version.id:
                for entry in self._compared(parent, version).entries:
                    change = entry.change
                    yield ToldLine(
                        turn=PENDING,
                        unit=version.unit,
                        rows=-change.rows,
                        centavos=-change.centavos,
                        text=f"{self._called(version)}, aún no se integra: {self._what(entry, lower)}",
                    )

    # From version to version

    def histories(self, level: ListLevel, standing: Sequence[ListVersionRow]) -> Iterator[ToldPassage]:
        """Tell what each newer version of a list changed; only of the lists of the unit itself."""
        for current in standing:
            if current.version == 1 or not self._is_own(current.unit):
                continue
            versions = lists.versions_of(self._desk.session, self._case.id, level, current.unit)
            for earlier, later in pairwise(versions):
                passage = self._compared(earlier, later)
                yield ToldPassage(
                    title=f"{level.value} de {self._short(current.unit)}: de la versión {earlier.version} a la {later.version}",
                    before=passage.before,
                    after=passage.after,
                    lines=tuple(self._entry(entry, level) for entry in passage.entries),
                    by=self._by(later),
                    whole=passage.is_whole,
                )

    def _compared(self, earlier: ListVersionRow, later: ListVersionRow) -> Passage[ListLineRow]:
        session = self._desk.session
        lines = [lineage.lines_within(session, version.id or 0, self._unit) for version in (earlier, later)]
        totals = [sum(self._totals([version]).values(), Totals()) for version in (earlier, later)]
        return tell_versions(lines[0], lines[1], (totals[0], totals[1]))

    # A line in words

    def _entry(self, entry: Entry[ListLineRow], level: ListLevel) -> ToldLine:
        change = entry.change
        return ToldLine(
            turn=entry.turn.value,
            unit=entry.line.pac,
            rows=change.rows,
            centavos=change.centavos,
            text=self._what(entry, level),
            duplicate=entry.cause,
        )

    def _what(self, entry: Entry[ListLineRow], level: ListLevel) -> str:
        line = entry.line
        where = f"{self._short(line.pac)}, renglón {line.position}"
        if level is not ListLevel.LVP:
            where += f" del {level.value}"
        name = f" ({line.name})" if self._names else ""
        said = f"{where}{name}, {line.kind}, {pesos(line.amount_centavos)}: {_TURNS[entry.turn]}"
        if entry.turn is Turn.LEFT_OUT and entry.cause is not None:
            return f"{said}. {self._decision(self._decided[entry.cause])}"
        if entry.turn is Turn.REFUSED:
            return f"{said}: {self._refused[line.id or 0]}."
        if entry.before is not None:
            return f"{said}: {self._changed(entry.before, line)}."
        return f"{said}."

    def _changed(self, before: ListLineRow, after: ListLineRow) -> str:
        """Say old beside new; a name only to whoever may see names."""
        parts = [
            f"{title.lower()} {cell(before)} → {cell(after)}"
            if title != "Nombre" or self._names
            else "nombre"
            for title, cell in SAYS
            if cell(before) != cell(after)
        ]
        parts += [
            title for name, title in _NOT_SHOWN.items() if getattr(before, name) != getattr(after, name)
        ]
        return "; ".join(parts)

    def _decision(self, row: DuplicateRow) -> str:
        """Say who decided a duplicate, when and by which letter; the other list and the reason only within the scope."""
        act = self._act(row.person_id, row.decided_at, row.entry_id)
        within = not self._scope or row.unit == self._scope or row.unit.startswith(f"{self._scope}-")
        if not within:
            role = decider_posts(self._case, row.unit)[0][0]
            day = f"{self._desk.local_date(row.decided_at):%d-%m-%Y}" if row.decided_at else ""
            return f"La persona figura también en otro listado; lo resolvió {role} el {day}."
        records = duplicates.records_of(self._desk.session, [row.id or 0])[row.id or 0]
        kept = " y en ".join(label_of(self._case, record) for record in records if record.kept)
        why = f" Motivo: {row.reason.rstrip('.')}." if row.reason else ""
        return f"Duplicado {row.id} ({row.code}): se conserva en {kept}.{why} Lo decidió {act}."
