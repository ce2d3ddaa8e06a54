"""Find what the Prestador de Servicios was sent, what that replaced, and what it acknowledged (A28; AMB-54)."""

from dataclasses import dataclass
from datetime import date

from actions.desk import Desk
from mail.wording import short_date
from storage import cases, lists, releases
from storage.cases import CaseRow, StepOutcome
from storage.lists import ListLevel, ListVersionRow
from storage.releases import ReleaseRow

ACKNOWLEDGEMENT = "EV28A"


@dataclass(frozen=True, kw_only=True, slots=True)
class Replaced:
    """The version that the PS was sent before."""

    version: int
    sent_on: date


def find_replaced(desk: Desk, case: CaseRow, version: ListVersionRow) -> Replaced | None:
    """Return which version of the listado definitivo the PS had been sent before one, if any."""
    known = lists.versions_of(desk.session, case.id, ListLevel.LD, version.unit)
    earlier = {row.id or 0: row for row in known if row.version < version.version}
    release = releases.last_release(desk.session, list(earlier)) if earlier else None
    if release is None:
        return None
    return Replaced(version=earlier[release.version_id].version, sent_on=desk.local_date(release.at))


def find_release(desk: Desk, version: ListVersionRow) -> ReleaseRow | None:
    """Return by which release a version left for the PS."""
    return releases.last_release(desk.session, [version.id or 0])


def acknowledged_on(desk: Desk, case: CaseRow, version: ListVersionRow) -> date | None:
    """Return when the PS acknowledged a version; None while it has not."""
    record = cases.last_step(desk.session, case.id, ACKNOWLEDGEMENT, version.unit)
    if record is None or record.outcome is not StepOutcome.DONE or record.subject_key != version.digest:
        return None
    return record.on


def release_in_words(desk: Desk, case: CaseRow) -> list[str]:
    """Say which version the PS was sent, what it replaces, and whether it was acknowledged."""
    version = lists.latest_version(desk.session, case.id, ListLevel.LD, "")
    release = find_release(desk, version) if version else None
    if version is None or release is None:
        return []
    replaced = find_replaced(desk, case, version)
    said = f"El Prestador de Servicios recibió la versión {version.version} el {short_date(desk.local_date(release.at))}"
    if replaced:
        said += f", que sustituye a la versión {replaced.version}"
    acknowledged = acknowledged_on(desk, case, version)
    if acknowledged:
        return [f"{said}, y la acusó el {short_date(acknowledged)} (5.2.4)."]
    warning = " Mientras no la acuse, este paso no procede." if replaced else ""
    return [f"{said}; todavía no la ha acusado.{warning}"]
