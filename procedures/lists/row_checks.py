"""What is checked of each row of a list (V-012, V-020 to V-045).

The cells of a row fall into groups whose checks depend on each other and on nothing else. People of one locality share
most of them, so that each distinct group is checked once a list.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from procedures.lists.amounts import expected_amount, money, parse_amount
from procedures.lists.context import ListContext, Place, ScopeLocality
from procedures.lists.curp import parse_curp
from procedures.lists.duplicates import Identity
from procedures.lists.entities import entity_names, find_entity
from procedures.lists.inegi_keys import parse_inegi_key
from procedures.lists.kinds import parse_kind, parse_situation
from procedures.lists.messages import Flaw, finding, severity_of, title_of
from procedures.lists.months import months_in_words, parse_months
from procedures.lists.names import LONGEST_NAME, are_alike, is_plausible_name, normalise_name
from procedures.lists.rows import FIELDS, CellValue, Finding, ListRow, RawRow, Severity
from procedures.lists.typed import may_inject, shorten, tidy

Cell = Decimal | str | date | None
Flaws = tuple[tuple[str, Flaw], ...]
"""Each with the field that it is of."""

_SAME_PLACE = 0.85
"""How alike the names of a place must be (V-026)."""
_FULL_UNIT = re.compile(r"OOAD\w+-R\w+-PAC\w+", re.IGNORECASE)
_UNIT_KIND = re.compile(
    r"^(?:UMR|UMM|HR|CARO|BS|UNIDAD MEDICA(?: RURAL| MOVIL)?|HOSPITAL RURAL|BRIGADA DE SALUD) "
)
_FEW_UNITS = 4
_MOST_GUESSES = 200
"""How many misspelt places of a list are looked up; nobody mends more of them by our hints."""
_MENDED_BY_NAME = frozenset({"V-022", "V-023", "V-024", "V-025", "V-032"})
V = TypeVar("V")
_LIMITS = {"municipio": 120, "localidad": 120, "unidad_medica": 160, "obs": 250}
_ORDER = {field: place for place, field in enumerate(FIELDS)}
_ERROR = Severity.ERROR


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a person is listed: OOAD, estado, municipio, localidad, clave."""

    estado: str
    municipio: str
    localidad: str
    clave: str
    is_verified: bool
    """Whether INEGI's catalogue has the key."""
    flaws: Flaws


@dataclass(frozen=True, slots=True)
class _Support:
    """What a person is to receive: tipo, importe, meses."""

    tipo: str
    amount: Decimal
    months: tuple[str, ...]
    flaws: Flaws


@dataclass(frozen=True, slots=True)
class _Post:
    """Who looks after a person, and whether the person still takes part: región, PAC, unidad médica, situación."""

    medical_unit: str
    situation: str
    flaws: Flaws


class CheckedRow(NamedTuple):
    """A row after its own checks."""

    number: int
    position: Cell
    """What the sheet numbers it as."""
    row: ListRow | None
    """None when an error stands against it."""
    identity: Identity | None
    """Whom it is about, as far as that can be known."""
    curp: str


class RowChecks:
    """Checks the rows of one list, one after the other, and keeps what it finds."""

    def __init__(self, context: ListContext, columns: Mapping[str, str], sheet: str) -> None:
        self.findings: list[Finding] = []
        self.untariffed: set[str] = set()
        """Kinds that have no tariff in force for some month that was asked for."""
        self.unverified: list[int] = []
        """Rows that stand although INEGI's catalogue, which is not complete, lacks their key."""
        self._context = context
        self._unit, self._ooad = context.unit, context.ooad
        self._columns = columns
        self._sheet = sheet
        self._places: dict[tuple[CellValue, ...], _Place] = {}
        self._supports: dict[tuple[CellValue, ...], _Support] = {}
        self._posts: dict[tuple[CellValue, ...], _Post] = {}
        self._ooads = {
            normalise_name(name) for name in (context.ooad, context.ooad_name, *context.ooad_aliases)
        }
        self._medical_units = _by_name(context.medical_units)
        self._scope_names: dict[str, list[str]] | None = None
        self._guesses = 0

    def check(self, raw: RawRow) -> CheckedRow:
        """Check a row by itself."""
        cells = _without_oddities(raw.values)
        get = cells.get
        where = (get("ooad"), get("estado"), get("municipio"), get("localidad"), get("clave_inegi"))
        place = self._places.get(where)
        if place is None:
            place = self._places[where] = self._check_place(*map(tidy, where))
        what = (get("tipo"), get("importe"), get("meses"))
        support = self._supports.get(what)
        if support is None:
            support = self._supports[what] = self._check_support(*map(tidy, what))
        who = (get("region"), get("pac"), get("unidad_medica"), get("situacion"))
        post = self._posts.get(who)
        if post is None:
            post = self._posts[who] = self._check_post(*map(tidy, who))
        position, wrong = _check_position(get("no_progresivo"))
        normal, wrong_name = _check_name(get("nombre"))
        if "nombre" in raw.formulas:
            # Nobody's name is computed, whatever a program kept as the result (AC-24).
            normal, wrong_name = "", (("nombre", _harmful("nombre")),)
        flaws = place.flaws + support.flaws + post.flaws + wrong + wrong_name
        remarks = curp = ""
        if (cell := tidy(get("obs"))) is not None:
            remarks, more = _check_remarks(cell)
            flaws += more
        if (cell := tidy(get("curp"))) is not None:
            curp, more = _check_curp(cell)
            flaws += more
        identity = None
        if normal and place.clave and support.tipo:
            identity = Identity(normal, place.clave, support.tipo)
            if self._context.left or self._context.covered:
                flaws += self._check_history(identity, support.months)
        accepted = True
        if flaws:
            if post.situation == "baja":
                # Nobody needs to hear what else is wrong with a line that is to go.
                flaws = tuple(entry for entry in flaws if entry[1].code == "V-044")
            accepted = self._report(raw.number, flaws)
        if not accepted:
            return CheckedRow(raw.number, position, None, identity, curp)
        if not place.is_verified:
            self.unverified.append(raw.number)
        row = ListRow(
            number=raw.number,
            ooad=self._ooad,
            pac=self._unit,
            estado=place.estado,
            municipio=place.municipio,
            localidad=place.localidad,
            clave_inegi=place.clave,
            nombre=_as_typed(cells["nombre"]),
            nombre_norm=normal,
            tipo=support.tipo,
            importe=support.amount,
            meses=support.months,
            unidad_medica=post.medical_unit,
            situacion=post.situation,
            obs=remarks,
            curp=curp,
        )
        return CheckedRow(raw.number, position, row, identity, curp)

    def _report(self, number: int, flaws: Flaws) -> bool:
        """Keep what is wrong with a row, in the order of the columns, and tell whether the row may stand."""
        accepted = True
        for field, flaw in sorted(flaws, key=_column_order) if len(flaws) > 1 else flaws:
            self.findings.append(
                finding(
                    flaw.code,
                    how=flaw.how,
                    row=number,
                    column=self._columns.get(field, ""),
                    field=field,
                    sheet=self._sheet,
                    **flaw.words,
                )
            )
            accepted = accepted and severity_of(flaw.code) is not _ERROR
        return accepted

    def _check_place(self, ooad: Cell, estado: Cell, municipio: Cell, localidad: Cell, clave: Cell) -> _Place:
        flaws: list[tuple[str, Flaw]] = []
        own = _parsed("ooad", ooad, self._own_ooad)
        state = _parsed("estado", estado, str)
        town = _parsed("municipio", municipio, str)
        village = _parsed("localidad", localidad, str)
        for field, text in (("ooad", own), ("estado", state), ("municipio", town), ("localidad", village)):
            if isinstance(text, Flaw):
                flaws.append((field, text))
        town, village = _text(town), _text(village)
        entity = find_entity(_text(state))
        key, key_flaws = self._check_key(clave, entity, town, village, stated=isinstance(state, str))
        flaws += [("clave_inegi", flaw) for flaw in key_flaws]
        # A state that nobody knows is told once, with its key.
        is_told = entity is None and any(flaw.code == "V-024" for flaw in key_flaws)
        if isinstance(state, str) and entity not in self._context.entities and not is_told:
            flaws.append(("estado", self._foreign_entity(state)))
        place = Place(town, village)
        if key and not any(severity_of(flaw.code) is _ERROR for flaw in key_flaws):
            place, more = self._check_names(key, town, village)
            flaws += more
        municipality, cut = _free_text("municipio", place.municipality)
        name, cut_too = _free_text("localidad", place.name)
        return _Place(
            estado=entity_names()[entity] if entity else "",
            municipio=municipality,
            localidad=name,
            clave=key,
            is_verified=not key or self._is_in_catalogue(key),
            flaws=(*flaws, *cut, *cut_too),
        )

    def _own_ooad(self, cell: Decimal | str | date) -> str | Flaw:
        if isinstance(cell, str) and normalise_name(cell) in self._ooads:
            return self._context.ooad
        return Flaw("V-020", words={"ooad": self._context.ooad_name})

    def _foreign_entity(self, estado: str) -> Flaw:
        context = self._context
        expected = " o ".join(entity_names().get(key, key) for key in sorted(context.entities))
        code = "V-021-strict" if context.strict_entities else "V-021"
        return Flaw(code, words={"estado": estado, "ooad": context.ooad_name, "expected": expected})

    def _check_key(
        self, clave: Cell, entity: str | None, town: str, village: str, *, stated: bool
    ) -> tuple[str, list[Flaw]]:
        """Check the key of the locality; of several errors the first one is told."""
        key = _parsed("clave_inegi", clave, lambda cell: parse_inegi_key(cell, self._context.entities))
        if isinstance(key, Flaw):
            return "", [self._suggest(key, town, village)]
        flaws = [Flaw("V-022-padded", words={"clave": key.clave})] if key.padded else []
        error = self._wrong_key(key.clave, entity, stated=stated)
        if error is not None:
            flaws.append(self._suggest(error, town, village))
        return key.clave, flaws

    def _wrong_key(self, clave: str, entity: str | None, *, stated: bool) -> Flaw | None:
        context = self._context
        words = {"clave": clave, "entity": entity_names()[clave[:2]]}
        if stated and entity != clave[:2]:
            return Flaw("V-024", how="" if entity else "unknown", words=words)
        local = context.localities.get(clave)
        is_complete = clave[:2] in context.complete or clave[:5] in context.complete
        if is_complete and not self._is_in_catalogue(clave):
            return Flaw("V-025", words=words)
        if local is None:
            return Flaw("V-032", words=words)
        if not local.operates:
            return Flaw("V-030")
        return None

    def _is_in_catalogue(self, clave: str) -> bool:
        return clave in (self._context.catalogue or {})

    def _suggest(self, flaw: Flaw, town: str, village: str) -> Flaw:
        """Add the key that the sender's own ámbito has for the place, where its name means exactly one."""
        candidate = self._candidate(town, village)
        if candidate is None or flaw.code not in _MENDED_BY_NAME:
            return flaw
        clave, local = candidate
        place = f"{local.name}, {local.municipality}" if local.municipality else local.name
        return Flaw(flaw.code, how="candidate", words={**flaw.words, "place": place, "candidate": clave})

    def _candidate(self, town: str, village: str) -> tuple[str, ScopeLocality] | None:
        localities = self._context.localities
        if self._scope_names is None:
            self._scope_names = {}
            for clave, local in localities.items():
                self._scope_names.setdefault(normalise_name(local.name), []).append(clave)
        wanted = normalise_name(village)
        if not wanted:
            return None
        claves = self._scope_names.get(wanted)
        if claves is None:
            self._guesses += 1
            names = self._scope_names if self._guesses <= _MOST_GUESSES else {}
            alike = [name for name in names if name and are_alike(name, wanted, _SAME_PLACE)]
            claves = [clave for name in alike for clave in self._scope_names[name]]
        if len(claves) > 1:
            in_town = normalise_name(town)
            claves = [clave for clave in claves if normalise_name(localities[clave].municipality) == in_town]
        return (claves[0], localities[claves[0]]) if len(claves) == 1 else None

    def _check_names(self, clave: str, town: str, village: str) -> tuple[Place, list[tuple[str, Flaw]]]:
        """Return the catalogue's own names where the typed ones are alike, else the typed ones with a warning."""
        context = self._context
        official = (context.catalogue or {}).get(clave)
        local = context.localities.get(clave)
        if official is None and local is not None:
            official = Place(local.municipality, local.name)
        if official is None:
            return Place(town, village), []
        flaws = []
        names = []
        for field, typed, expected in (
            ("municipio", town, official.municipality),
            ("localidad", village, official.name),
        ):
            alike = not expected or not typed or _same_place(typed, expected)
            if not alike:
                place = f"{official.name}, {official.municipality}"
                flaws.append((field, Flaw("V-026", words={"clave": clave, "expected": place})))
            names.append(expected if expected and alike else typed)
        return Place(*names), flaws

    def _check_support(self, tipo: Cell, importe: Cell, meses: Cell) -> _Support:
        context = self._context
        flaws: list[tuple[str, Flaw]] = []
        kind = _parsed("tipo", tipo, parse_kind)
        amount = _parsed("importe", importe, lambda cell: parse_amount(cell, context.cap))
        months = _parsed("meses", meses, self._months)
        for field, value in (("tipo", kind), ("importe", amount), ("meses", months)):
            if isinstance(value, Flaw):
                flaws.append((field, value))
        if isinstance(kind, str) and isinstance(amount, Decimal) and isinstance(months, tuple):
            expected = expected_amount(context.tariff, kind, months)
            if expected is None:
                self.untariffed.add(kind)
            elif expected != amount:
                words = {"amount": money(amount), "n": str(len(months)), "expected": money(expected)}
                flaws.append(("importe", Flaw("V-041", words=words)))
        return _Support(
            tipo=_text(kind),
            amount=amount if isinstance(amount, Decimal) else Decimal(0),
            months=months if isinstance(months, tuple) else (),
            flaws=tuple(flaws),
        )

    def _months(self, cell: Decimal | str | date) -> tuple[str, ...] | Flaw:
        months = parse_months(cell, self._context.months)
        if isinstance(months, Flaw):
            return Flaw(months.code, how=months.how, words={**months.words, "period": self._context.period})
        return months

    def _check_post(self, region: Cell, pac: Cell, unidad: Cell, situacion: Cell) -> _Post:
        flaws: list[tuple[str, Flaw]] = []
        post = _parsed("pac", pac, self._own_unit)
        unit = _parsed("unidad_medica", unidad, str)
        for field, value in (
            ("region", _parsed("region", region, str)),
            ("pac", post),
            ("unidad_medica", unit),
        ):
            if isinstance(value, Flaw):
                flaws.append((field, value))
        name = _text(unit)
        if name:
            official = self._medical_units.get(_bare_unit(name))
            if official is None:
                flaws.append(("unidad_medica", self._foreign_medical_unit()))
            name, cut = _free_text("unidad_medica", official or name)
            flaws += cut
        situation = ""
        if situacion is not None:
            situation, more = _check_situation(situacion)
            flaws += more
        if situation == "baja":
            flaws.append(("situacion", Flaw("V-044")))
        return _Post(medical_unit=name, situation=situation, flaws=tuple(flaws))

    def _own_unit(self, cell: Decimal | str | date) -> str | Flaw:
        """Read the PAC's cell: only the full code of another ámbito is an error, as names are written in many ways."""
        text = str(cell)
        if _FULL_UNIT.fullmatch(text) and text.upper() != self._context.unit.upper():
            return Flaw("V-012-row", words={"ambito": text, "unit": self._context.unit})
        return text

    def _foreign_medical_unit(self) -> Flaw:
        names = sorted(self._context.medical_units.values())
        if not 0 < len(names) <= _FEW_UNITS:
            return Flaw("V-033")
        return Flaw("V-033", how="expected", words={"expected": "; ".join(names)})

    def _check_history(self, identity: Identity, months: tuple[str, ...]) -> Flaws:
        """Compare with what the books know of the person (V-043, V-044)."""
        context = self._context
        if identity in context.left:
            return (("nombre", Flaw("V-044")),)
        covered: set[str] = set()
        for tipo in ("VRS", "PVR"):
            covered.update(context.covered.get(identity._replace(tipo=tipo), ()))
        again = [month for month in months if month in covered]
        return (("meses", Flaw("V-043", words={"months": months_in_words(again)})),) if again else ()


def _without_oddities(values: Mapping[str, CellValue]) -> Mapping[str, CellValue]:
    """Return the cells such that equal ones mean the same: a yes is no 1, and every number is finite."""
    for cell in values.values():
        kind = cell.__class__
        if kind is str or cell is None or (kind is Decimal and cell.is_finite()):  # type: ignore[union-attr]
            continue
        return {field: tidy(cell) for field, cell in values.items()}
    return values


def _parsed(field: str, cell: Cell, parse: Callable[[Decimal | str | date], V | Flaw]) -> V | Flaw:
    """Read a mandatory cell: missing, not allowed, or what its parser makes of it."""
    if cell is None:
        return _missing(field)
    if isinstance(cell, str) and may_inject(cell):
        return _harmful(field)
    return parse(cell)


def _missing(field: str) -> Flaw:
    return Flaw("V-045", words={"title": title_of(field)})


def _harmful(field: str) -> Flaw:
    return Flaw("V-036", words={"title": title_of(field)})


def _check_position(cell: CellValue) -> tuple[Cell, Flaws]:
    position = tidy(cell)
    if position is None:
        return None, (("no_progresivo", _missing("no_progresivo")),)
    if isinstance(position, str) and may_inject(position):
        return None, (("no_progresivo", _harmful("no_progresivo")),)
    return position, ()


def _check_name(cell: CellValue) -> tuple[str, Flaws]:
    """Return the normal form of a name; empty where the cell holds none."""
    name = tidy(cell)
    if name is None:
        return "", (("nombre", _missing("nombre")),)
    if not isinstance(name, str):
        return "", (("nombre", Flaw("V-035")),)
    # Nobody's name is that long, and no time is spent on what is none.
    normal = normalise_name(name) if len(name) <= 4 * LONGEST_NAME else ""
    if not is_plausible_name(name, normal) or name[0] == "-":
        return "", (("nombre", _harmful("nombre") if may_inject(name) else Flaw("V-035")),)
    return normal, ()


def _as_typed(cell: CellValue) -> str:
    """Return a name as it was typed, but for what no list can hold."""
    typed = str(cell)
    if len(typed) > LONGEST_NAME or typed[0] == "'" or not typed.isprintable():
        return shorten(typed.lstrip("' "), LONGEST_NAME)
    return typed


def _check_situation(cell: Decimal | str | date) -> tuple[str, Flaws]:
    if isinstance(cell, str) and may_inject(cell):
        return "", (("situacion", _harmful("situacion")),)
    situation = parse_situation(cell)
    return ("", (("situacion", situation),)) if isinstance(situation, Flaw) else (situation, ())


def _check_remarks(cell: Decimal | str | date) -> tuple[str, Flaws]:
    if isinstance(cell, str) and may_inject(cell):
        return "", (("obs", _harmful("obs")),)
    return _free_text("obs", str(cell))


def _check_curp(cell: Decimal | str | date) -> tuple[str, Flaws]:
    if isinstance(cell, str) and may_inject(cell):
        return "", (("curp", _harmful("curp")),)
    curp = parse_curp(str(cell))
    return (curp, ()) if curp else ("", (("curp", Flaw("CURP")),))


def _free_text(field: str, text: str) -> tuple[str, Flaws]:
    """Return a text on one line within its field's limit, and say so where it was cut."""
    limit = _LIMITS[field]
    if len(text) <= limit:
        return shorten(text, limit), ()
    line = shorten(text, len(text))
    if len(line) <= limit:
        return line, ()
    return shorten(text, limit), (
        (field, Flaw("LENGTH", words={"title": title_of(field), "limit": str(limit)})),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _same_place(typed: str, official: str) -> bool:
    if typed == official:
        return True
    return are_alike(normalise_name(typed), normalise_name(official), _SAME_PLACE)


def _by_name(medical_units: Mapping[str, str]) -> dict[str, str]:
    """Return the official name by every way to call a unit: its clave, its name, its name without its kind."""
    names = {}
    for clave, name in medical_units.items():
        names[_bare_unit(clave)] = name
        names[_bare_unit(name)] = name
    return names


def _bare_unit(name: str) -> str:
    plain = normalise_name(name)
    return _UNIT_KIND.sub("", plain) or plain


def _column_order(flaw: tuple[str, Flaw]) -> int:
    return _ORDER[flaw[0]]
