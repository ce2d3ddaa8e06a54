"""Find who is behind a role at a unit today, and who receives each message of the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass

from actions.desk import Desk
from storage import organisation, people
from storage.cases import CaseRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Addressee:
    """Somebody to write to, in the quality in which the letter finds them."""

    email: str
    name: str
    cargo: str
    role: str
    unit: str
    """The unit of the post; empty for an organisation outside."""
    person_id: int | None = None
    asks: str = ""
    """The step that this person's answer takes."""
    asks_unit: str = ""


CENTRAL = frozenset({"UPIB", "CACyPCS", "CPEEyPB", "CFI", "ADMIN"})
OUTSIDE = frozenset({"PS", "CCTE", "CT", "DTE"})
NATION = "PIB"


def addressees(desk: Desk, role: str, unit: str, *, asks: str = "", asks_unit: str = "") -> list[Addressee]:
    """Return those who hold a role at a unit today; a suplente in force acts for the titular.

    Somebody without a working address is left out: `unreachable` names them.
    """
    if role in OUTSIDE:
        return [
            Addressee(
                email=row.email,
                name=row.full_name,
                cargo=role,
                role=role,
                unit="",
                asks=asks,
                asks_unit=asks_unit,
            )
            for row in people.external_contacts(desk.session, role, desk.today)
        ]
    found = []
    for person, _holding in desk.once(people.holders, role, post_unit(role, unit), desk.today):
        address = desk.once(people.active_email, person.id)
        if address:
            found.append(
                Addressee(
                    email=address,
                    name=person.full_name,
                    cargo=person.cargo,
                    role=role,
                    unit=post_unit(role, unit),
                    person_id=person.id,
                    asks=asks,
                    asks_unit=asks_unit,
                )
            )
    return found


def post_unit(role: str, unit: str) -> str:
    """Return the unit at which a role sits: the nation for those of the central level."""
    return NATION if role in CENTRAL else unit


def owners_of(
    desk: Desk, case: CaseRow, owners: Sequence[tuple[str, str]], step: str, unit: str
) -> list[Addressee]:
    """Return the people behind the owners of a step, each asked for that step.

    An EMS named at the tier of its OOAD (A16: "EMS") stands for every EMS below.
    """
    found: list[Addressee] = []
    for role, place in owners:
        here = addressees(desk, role, place, asks=step, asks_unit=unit)
        if not here and role in {"EMS", "SAC"}:
            below = [code for code in case.tree.get("region", []) if case.parents.get(code) == place]
            here = [who for code in below for who in addressees(desk, role, code, asks=step, asks_unit=unit)]
        found.extend(here)
    return unique(found)


def unique(found: Sequence[Addressee]) -> list[Addressee]:
    """Keep one letter a person and address, the first quality in which each was found."""
    seen: dict[str, Addressee] = {}
    for who in found:
        seen.setdefault(who.email, who)
    return list(seen.values())


def recipients(desk: Desk, case: CaseRow, message: str, unit: str) -> list[Addressee]:
    """Return who receives a message of the ledger's catalogue (5.1, 5.2) for a step's unit.

    Raises:
        KeyError: the message has no recipients of its own (it answers somebody).
    """
    regions = [code for code in case.tree.get("region", []) if case.parents.get(code) == unit]
    ooad = organisation.ooad_of(unit) or unit

    def to(role: str, place: str = NATION, asks: str = "", asks_unit: str = "") -> list[Addressee]:
        return addressees(desk, role, place, asks=asks, asks_unit=asks_unit)

    match message:
        case "M-01":
            found = []
            if case.facts[unit].get("has_egas"):
                found += to("EGAS", unit, "A02", unit)
            else:
                for region in regions:
                    found += to("EMS", region, "A03", region)
            found += to("JSPM", unit)
            if case.facts[unit].get("egas_has_sac"):
                found += to("SAC", unit)
            for region in regions:
                found += to("SAC", region)
        case "M-02":
            found = [
                who for region in regions for who in to("SAC", region, "A04", region) + to("EMS", region)
            ]
        case "M-03":
            found = to("SAC", unit, "A04", unit)
        case "M-04":
            pacs = [code for code in case.tree.get("pac", []) if case.parents.get(code) == unit]
            found = [who for pac in pacs for who in to("PAC", pac, "A08", pac)]
        case "M-23":
            found = to("EGAS", unit, "A35", unit) if case.facts[unit].get("has_egas") else []
            for region in regions:
                found += to("EMS", region, "A35", unit)
            if desk.office.copies_to_jspm:
                found += to("JSPM", unit)
        case "M-24a":
            found = [who for region in regions for who in to("SAC", region, "A36", region)]
            if case.facts[unit].get("egas_has_sac"):
                found += to("SAC", unit)
        case "M-24b":
            found = to("PAC", unit)
        case "M-08":
            found = to("EMS", unit) + to("SAC", unit)
        case "M-10":
            found = to("EGAS", ooad)
        case "M-11" | "M-14":
            found = to("JSPM", unit)
        case "M-12":
            found = designated_ems(desk, case, unit) + to("JSPM", unit)
        case "M-13":
            found = designated_ems(desk, case, ooad)
        case "M-15":
            found = to("UPIB") + to("CACyPCS")
        case "M-16":
            found = to("CPEEyPB")
        case "M-17":
            found = to("PS")
        case "M-18":
            found = to("CACyPCS")
        case "M-19":
            found = to("CFI")
        case "M-20":
            found = to("UPIB")
        case _:
            raise KeyError(message)
    return unique(found)


def designated_ems(desk: Desk, case: CaseRow, ooad: str) -> list[Addressee]:
    """Return the EMS designated for an OOAD without EGAS, or nobody before A16."""
    region = case.facts.get(ooad, {}).get("designated_ems")
    return addressees(desk, "EMS", str(region)) if region else []
