"""The words of the notices to volunteers: from a catalogue, never from logic."""

import hashlib
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from mail.wording import LEGEND, long_date, lower_first
from procedures.yaml_text import read_yaml
from storage.provider import ProviderOfficeRow


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Any]:
    """Return the whole catalogue."""
    found: dict[str, Any] = read_yaml((files("actions") / "notices.yaml").read_text(encoding="utf-8"))
    return found


def notice_text(key: str, **facts: object) -> str:
    """Return a text with its facts.

    >>> notice_text("one_day_left", t1=long_date(date(2027, 3, 12)))
    'Recordatorio: queda 1 día para recoger su apoyo (hasta el viernes 12 de marzo de 2027).'
    """
    return str(catalogue()[key]).format(**facts)


def button_text(name: str) -> str:
    """Return what stands on a button of a notice.

    >>> button_text("where")
    '¿Dónde queda?'
    """
    return str(catalogue()["buttons"][name])


def office_in_words(office: ProviderOfficeRow | None) -> str:
    """Return an office with where it is and when it opens; who has none is told who knows."""
    if office is None:
        return notice_text("office_unknown")
    unknown = notice_text("not_said")
    return notice_text(
        "office",
        name=office.name,
        address=office.address or unknown,
        hours=office.hours or unknown,
    )


def requisites_in_words(requisites: Sequence[str]) -> str:
    """Return what is to be brought, in one phrase.

    >>> requisites_in_words(["Identificación oficial vigente.", "El aviso de su PAC", "CURP"])
    'Identificación oficial vigente; el aviso de su PAC; CURP'
    """
    phrases = [text.strip().rstrip(".;") for text in requisites]
    phrases[1:] = [lower_first(phrase) for phrase in phrases[1:]]
    return "; ".join(phrases) or notice_text("requisites_unknown")


def first_notice(t0: date, t1: date, office: ProviderOfficeRow | None, requisites: Sequence[str]) -> str:
    """Return the first notice of a period, with the legend (C-40)."""
    return notice_text("first", legend=LEGEND, **_place_and_time(t0, t1, office, requisites))


def correction(
    t0: date,
    t1: date,
    office: ProviderOfficeRow | None,
    requisites: Sequence[str],
    *,
    changes: Sequence[str],
) -> str:
    """Return what replaces an earlier notice (ledger 7.5)."""
    what = changes_in_words(changes)
    return notice_text("correction", what=what, **_place_and_time(t0, t1, office, requisites))


def changes_in_words(changes: Sequence[str]) -> str:
    """Return what changed.

    >>> changes_in_words(["dates"]), changes_in_words(["dates", "office"])
    ('Cambió la fecha', 'Cambiaron la fecha y la oficina')
    """
    names = [str(catalogue()["changes"][change]) for change in changes]
    if len(names) == 1:
        return notice_text("changed_one", what=names[0])
    return notice_text("changed_more", what=f"{', '.join(names[:-1])} y {names[-1]}")


def fingerprint(office: ProviderOfficeRow | None, requisites: Sequence[str]) -> str:
    """Return what tells apart what a notice says of the place and of what to bring: two hashes with a dot between.

    >>> fingerprint(None, ["CURP"]).partition(".")[0] == fingerprint(None, []).partition(".")[0]
    True
    """
    said = (office_in_words(office), requisites_in_words(requisites))
    return ".".join(hashlib.sha256(words.encode()).hexdigest()[:16] for words in said)


def find_changes(before: str, after: str) -> list[str]:
    """Return which of `place` and `requisites` two fingerprints do not share; none where the first is not known.

    >>> find_changes("a.b", "a.c"), find_changes("", "a.c")
    (['requisites'], [])
    """
    pairs = zip(("place", "requisites"), before.split("."), after.split("."), strict=False)
    return [name for name, old, new in pairs if before and old != new]


def reminder(t0: date, t1: date, today: date) -> str:
    """Return a reminder as it reads on a day (C-41).

    >>> reminder(date(2027, 3, 1), date(2027, 3, 12), date(2027, 3, 9))
    'Recordatorio: quedan 3 días para recoger su apoyo (hasta el viernes 12 de marzo de 2027).'
    >>> reminder(date(2027, 3, 1), date(2027, 3, 12), date(2027, 3, 12))
    'Recordatorio: hoy es el último día para recoger su apoyo (viernes 12 de marzo de 2027).'
    """
    if today < t0:
        return notice_text("before", t0=long_date(t0), t1=long_date(t1))
    left = (t1 - today).days
    if left > 1:
        return notice_text("days_left", days=left, t1=long_date(t1))
    return notice_text("one_day_left" if left == 1 else "last_day", t1=long_date(t1))


def people_in_words(number: int) -> str:
    """Return so many people.

    >>> people_in_words(1), people_in_words(7)
    ('1 persona', '7 personas')
    """
    return notice_text("people_one") if number == 1 else notice_text("people_many", n=number)


def _place_and_time(
    t0: date, t1: date, office: ProviderOfficeRow | None, requisites: Sequence[str]
) -> dict[str, str]:
    return {
        "t0": long_date(t0),
        "t1": long_date(t1),
        "office": office_in_words(office),
        "requisites": requisites_in_words(requisites),
    }
