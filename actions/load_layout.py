"""Put a layout of the Prestador de Servicios in force: its declaration stays in the books with who, when and digest (LAY, act. 27)."""

from dataclasses import dataclass
from datetime import date

from actions.activate_procedure import UnknownPerson
from actions.attach_lists import layout_text_in_force
from actions.attest_step import find_person
from actions.desk import Desk
from actions.record_command import record_command
from documents.layout_declaration import load_layout, try_layout
from procedures.lists.names import normalise_name
from storage import entries, layouts, people, provider
from storage.layouts import LayoutRow
from storage.people import PersonRow

MAY_LOAD = frozenset({"CPEEyPB", "CFI", "UPIB"})
"""Who processes the list in the PS's layout (A27), and who holds its contract."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LayoutRefused:
    """A layout that was not put in force, and why, in Spanish. It is a value: a refusal of a person stays in the journal."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedLayout:
    """A layout in the books."""

    provider: str
    """Whose it is; empty where it shipped with the program."""
    key: str
    version: int
    digest: str
    on: date
    by: str
    folio: str
    in_force: bool


def load_provider_layout(
    desk: Desk, text: str, *, provider_name: str, as_person: str
) -> LoadedLayout | LayoutRefused:
    """Put a declaration in force for a provider; lists that were made before keep theirs.

    Raises:
        BadLayout: it cannot be used, with every reason.
    """
    layout = load_layout(text)
    try:
        person = find_person(desk, as_person)
    except UnknownPerson:
        return LayoutRefused(reason=f"Nadie en el directorio tiene la clave o el correo «{as_person}».")
    if not any(
        post.role in MAY_LOAD for post, _holding in people.posts_of(desk.session, person.id, desk.today)
    ):
        reason = f"{person.full_name} no ocupa un puesto de {', '.join(sorted(MAY_LOAD))}."
        desk.note("layout_denied", person_id=person.id, channel="command", reason=reason)
        return LayoutRefused(
            reason=f"{reason} Sólo desde ellos se carga el layout del Prestador (actividad 27)."
        )
    losses = try_layout(layout).losses
    if losses:
        return LayoutRefused(reason=" ".join(losses))
    whose = _provider(desk, provider_name)
    if isinstance(whose, LayoutRefused):
        return whose
    digest = layouts.digest_of(text)
    latest = layouts.latest_of(desk.session, whose)
    if latest is not None and latest.sha256 == digest:
        return LayoutRefused(
            reason=f"Ese layout ya es el vigente de {whose} desde el {desk.local_date(latest.at):%d-%m-%Y}."
        )
    namesake = next(
        (
            row
            for row in layouts.loaded_layouts(desk.session)
            if (row.provider, row.key, row.version) == (whose, layout.key, layout.version)
            and row.sha256 != digest
        ),
        None,
    )
    if namesake is not None:
        return LayoutRefused(
            reason=f"{layout.key} versión {layout.version} ya está cargado con otro contenido "
            f"(huella {namesake.sha256[:10]}): suba el número de «version»."
        )
    return _keep(desk, text, whose, person, layout.key, layout.version)


def _keep(desk: Desk, text: str, whose: str, person: PersonRow, key: str, version: int) -> LoadedLayout:
    entry = record_command(desk, text.encode(), person_id=person.id, kind="layout")
    row = layouts.add_layout(
        desk.session,
        LayoutRow(
            provider=whose,
            key=key,
            version=version,
            sha256=layouts.digest_of(text),
            text=text,
            at=desk.now,
            person_id=person.id,
            entry_id=entry.id,
        ),
    )
    desk.note(
        "layout_loaded",
        person_id=person.id,
        channel="command",
        entry_id=entry.id,
        layout=f"{key} {version}",
        provider=whose,
        layout_digest=row.sha256,
        folio=entry.folio,
    )
    return _told(desk, row, in_force=True)


def show_layouts(desk: Desk) -> list[LoadedLayout]:
    """Return every layout that was loaded or used, the oldest first, and which is in force."""
    digest = layouts.digest_of(layout_text_in_force(desk))
    found = layouts.loaded_layouts(desk.session)
    newest = max((row.id or 0 for row in found if row.sha256 == digest), default=0)
    return [_told(desk, row, in_force=row.id == newest) for row in found]


def layout_text(desk: Desk, digest: str) -> str | None:
    """Return the declaration whose digest begins so; None where none does, or several do."""
    found = {
        row.sha256: row.text
        for row in layouts.loaded_layouts(desk.session)
        if row.sha256.startswith(digest.lower())
    }
    return found.popitem()[1] if len(found) == 1 else None


def _provider(desk: Desk, named: str) -> str | LayoutRefused:
    """Find whose layout it is, by name or by the number of the contract; without either, whose contract is in force."""
    if not named:
        contract = provider.find_contract(desk.session, desk.today)
        if contract is None:
            return LayoutRefused(
                reason="No hay un contrato vigente con un Prestador: cárguelo con el directorio (hoja PS)."
            )
        return contract.provider
    known = provider.contracts(desk.session)
    wanted = normalise_name(named)
    for contract in known:
        if named == contract.number or wanted == normalise_name(contract.provider):
            return contract.provider
    names = ", ".join(sorted({contract.provider for contract in known})) or "ninguno"
    return LayoutRefused(
        reason=f"No hay un contrato de «{named}» en el directorio. Prestadores con contrato: {names}."
    )


def _told(desk: Desk, row: LayoutRow, *, in_force: bool) -> LoadedLayout:
    return LoadedLayout(
        provider=row.provider,
        key=row.key,
        version=row.version,
        digest=row.sha256,
        on=desk.local_date(row.at),
        by=people.get_person(desk.session, row.person_id).full_name if row.person_id else "",
        folio=entries.get_entry(desk.session, row.entry_id).folio if row.entry_id else "",
        in_force=in_force,
    )
