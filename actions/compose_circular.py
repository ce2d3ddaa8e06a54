"""Compose what the circular of the delivery period says, and tell what changed since another one (act. 34)."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from actions.desk import Desk
from actions.find_office import delivery_day
from procedures.yaml_text import read_yaml
from storage import lists, payees, periods, provider
from storage.cases import CaseRow
from storage.lists import ListLevel

SENT, NOTE, OUTDATED, CHANGED, REPLACED = (
    "circular_sent",
    "circular_note",
    "circular_outdated",
    "circular_changed",
    "circular_number",
)
"""Facts of the expediente: the content that left last, what CACyPCS adds to it, whether it still holds, since
when not, and how many circulars replaced the first one."""
_MOST_OFFICES = 8
"""Changes of offices that are told one by one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CircularOffice:
    """An office of the PS, as far as a circular speaks of it."""

    clave: str
    name: str
    locality: str
    address: str
    hours: str
    phone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CircularContent:
    """Everything that the circular says: what was approved is this, and nothing else may leave."""

    t0: date
    t1: date
    months: tuple[str, ...]
    requisites: tuple[str, ...]
    offices: tuple[CircularOffice, ...]
    list_digest: str
    note: str

    @property
    def as_bytes(self) -> bytes:
        """The one way to write it down."""
        return json.dumps(asdict(self), default=str, ensure_ascii=False, sort_keys=True).encode()

    @property
    def digest(self) -> str:
        """What it is known by."""
        return hashlib.sha256(self.as_bytes).hexdigest()

    @classmethod
    def from_bytes(cls, written: bytes) -> "CircularContent":
        """Read what was written down."""
        raw = json.loads(written)
        return cls(
            t0=date.fromisoformat(raw["t0"]),
            t1=date.fromisoformat(raw["t1"]),
            months=tuple(raw["months"]),
            requisites=tuple(raw["requisites"]),
            offices=tuple(CircularOffice(**office) for office in raw["offices"]),
            list_digest=raw["list_digest"],
            note=raw["note"],
        )


def circular_content(desk: Desk, case: CaseRow) -> CircularContent:
    """Return what the circular would say now: calendar, requisites, directory of offices, listado definitivo."""
    period = periods.get_period(desk.session, case.period)
    definitive = lists.latest_version(desk.session, case.id, ListLevel.LD, "")
    return CircularContent(
        t0=period.t0,
        t1=period.t1,
        months=tuple(period.months),
        requisites=tuple(provider.requisites(desk.session)),
        offices=tuple(
            CircularOffice(
                clave=office.clave,
                name=office.name,
                locality=office.locality,
                address=office.address,
                hours=office.hours,
                phone=office.phone,
            )
            for office in provider.offices_in_force(desk.session, delivery_day(desk, case))
        ),
        list_digest=definitive.digest if definitive else "",
        note=str(case.facts.get("", {}).get(NOTE, "")),
    )


def content_sent(desk: Desk, case: CaseRow) -> CircularContent | None:
    """Return what the circular said that left last; None before the first one."""
    known = str(case.facts.get("", {}).get(SENT, ""))
    return CircularContent.from_bytes(desk.blobs.get(known)) if known else None


def circular_lacks(desk: Desk, case: CaseRow, content: CircularContent) -> list[str]:
    """Return what the circular cannot do without and is not there, in words."""
    words = circular_words()["lacks"]
    known = {
        "requisites": bool(content.requisites),
        "offices": bool(content.offices),
        "payees": payees.has_payees(desk.session, case.id),
    }
    return [str(words[name]) for name, is_there in known.items() if not is_there]


def changes_between(old: CircularContent, new: CircularContent) -> list[str]:
    """Tell what a circular says otherwise than another one."""
    return list(_changes(old, new))


def _changes(old: CircularContent, new: CircularContent) -> Iterator[str]:
    words = circular_words()["changes"]
    if (old.t0, old.t1) != (new.t0, new.t1):
        yield words["dates"].format(
            old_t0=f"{old.t0:%d-%m-%Y}",
            old_t1=f"{old.t1:%d-%m-%Y}",
            t0=f"{new.t0:%d-%m-%Y}",
            t1=f"{new.t1:%d-%m-%Y}",
        )
    if old.months != new.months:
        yield words["months"]
    added = [text for text in new.requisites if text not in old.requisites]
    removed = [text for text in old.requisites if text not in new.requisites]
    yield from (words["requisite_added"].format(text=text) for text in added)
    yield from (words["requisite_removed"].format(text=text) for text in removed)
    if old.requisites != new.requisites and not added and not removed:
        yield words["requisites_order"]
    offices = list(_office_changes(old, new))
    yield from offices[:_MOST_OFFICES]
    if len(offices) > _MOST_OFFICES:
        yield words["many_offices"].format(count=len(offices) - _MOST_OFFICES)
    if old.list_digest != new.list_digest:
        yield words["list"]
    if old.note != new.note:
        yield words["note"]


def _office_changes(old: CircularContent, new: CircularContent) -> Iterator[str]:
    words, fields = circular_words()["changes"], circular_words()["fields"]
    before = {office.clave: office for office in old.offices}
    after = {office.clave: office for office in new.offices}
    for clave, office in after.items():
        known = before.get(clave)
        if known is None:
            yield words["office_added"].format(name=office.name, address=office.address)
        elif known != office:
            changed = [
                label for name, label in fields.items() if getattr(known, name) != getattr(office, name)
            ]
            yield words["office_changed"].format(name=office.name, fields=" y ".join(changed))
    for clave in before.keys() - after.keys():
        yield words["office_removed"].format(name=before[clave].name)


def circular_number(case: CaseRow) -> int:
    """Return how many circulars replaced the first one of an expediente's delivery."""
    known = case.facts.get("", {}).get(REPLACED, 0)
    return known if isinstance(known, int) else 0


def delivery_folio(case: CaseRow, number: int | None = None) -> str:
    """Return the folio of a delivery's circular: 001-E/2027, and 001-E2/2027 for the one that replaces it."""
    replaced = circular_number(case) if number is None else number
    return f"{case.id:03d}-E{replaced + 1 if replaced else ''}/{case.period[:4]}"


@cache
def circular_words() -> Mapping[str, Any]:
    """Return the catalogue of what is said of circulars."""
    text = (files("actions") / "circular_words.yaml").read_text(encoding="utf-8")
    words: Mapping[str, Any] = read_yaml(text)
    return words
