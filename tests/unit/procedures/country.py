"""A small country for the tests of the engine: OOADs, regions and PACs, and people who act in them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache

from procedures.catalogue import read_builtin
from procedures.definition import Definition, Level, Source
from procedures.engine import Decision, Happening, Instance, Situation, decide, open_instances
from procedures.loader import load
from procedures.working_days import WorkingDays

WORKING_DAYS = WorkingDays()
A01_ON = date(2027, 1, 4)
T0, T1, R = date(2027, 3, 1), date(2027, 3, 12), date(2027, 2, 25)

READY = {
    "calendar_loaded": True,
    "headcounts_loaded": True,
    "releaser_authorised": True,
    "same_file": True,
    "first_period": True,
    "reconciled": True,
    "refund_matched": True,
    "cfdi_valid": True,
    "T0": T0.isoformat(),
    "T1": T1.isoformat(),
    "R": R.isoformat(),
}


@cache
def procedure(key: str = "0780-003-002") -> Definition:
    return load(read_builtin(key))


def ooads(**regions: Sequence[int]) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Make a tree: `ooads(OOAD07=[2, 1])` has two regions with two PACs and one."""
    tree: dict[str, list[str]] = {"period": [""], "ooad": [], "region": [], "pac": []}
    parents: dict[str, str] = {}
    for ooad, sizes in regions.items():
        tree["ooad"].append(ooad)
        parents[ooad] = "PIB"
        for number, pacs in enumerate(sizes, start=1):
            region = f"{ooad}-R{number:02}"
            tree["region"].append(region)
            parents[region] = ooad
            for index in range(1, pacs + 1):
                pac = f"{region}-PAC{index:03}"
                tree["pac"].append(pac)
                parents[pac] = region
    return {scope: tuple(units) for scope, units in tree.items()}, parents


def period(
    *, egas: Mapping[str, bool | None], facts: Mapping[str, object] = READY, **regions: Sequence[int]
) -> Situation:
    """Make a period at its very beginning."""
    tree, parents = ooads(**regions)
    # Somebody cannot collect, in every region: activities 39 and 40 apply.
    known: dict[str, dict[str, object]] = {"": {"problem_cases": 1, **facts}}
    known |= {region: {"problem_cases": 1} for region in tree["region"]}
    for ooad, value in egas.items():
        known[ooad] = {"has_egas": value}
    return Situation(definition=procedure(), tree=tree, parents=parents, facts=known)


def entry(
    name: str,
    unit: str = "",
    step: str | None = None,
    *,
    kind: Source = Source.COMMAND,
    on: date = A01_ON,
    level: Level = Level.ATTESTED,
    role: str = "",
    role_unit: str = "",
    **facts: object,
) -> Happening:
    at = datetime(on.year, on.month, on.day, 15, tzinfo=UTC)
    return Happening(
        kind=kind,
        name=name,
        unit=unit,
        step=step,
        at=at,
        on=on,
        level=level,
        role=role,
        role_unit=role_unit,
        facts=facts,
    )


def attest(situation: Situation, step: str, unit: str = "", *, on: date = A01_ON, **more: object) -> Decision:
    return decide(situation, entry("attest", unit, step, on=on, **more), WORKING_DAYS)


def deliver(situation: Situation, pac: str, *, on: date = A01_ON) -> Situation:
    """Let a PAC mail a clean list with the sentence that attests A05 and A06."""
    situation = situation.with_facts(pac, {"accepted_list": True, "open_errors": 0})
    for name in ("attestation", "list"):
        mail = entry(name, pac, kind=Source.MAIL, on=on, level=Level.RECORDED)
        situation = decide(situation, mail, WORKING_DAYS).situation
    return situation


def run_to_the_end(situation: Situation, *, stop_before: str = "", today: date | None = None) -> Situation:
    """Let everybody attest whatever is open, until nothing is; the first EMS is the designated one."""
    day = today or A01_ON
    for _ in range(500):
        done = False
        for step, unit in ((i.step, i.unit) for i in open_instances(situation, day + timedelta(days=90))):
            if step == stop_before or situation.record(step, unit):
                continue
            if step == "A01":
                day = today or A01_ON
            facts = {}
            decision = attest(
                situation, step, unit, on=day + timedelta(days=90 if step > "A40" else 0), **facts
            )
            assert not decision.refused, decision.refused
            situation, done = decision.situation, True
            if step in {"A39", "A40"}:
                # What was told on waits no longer.
                situation = situation.with_facts(unit, {"problem_cases": 0})
        blocked = [
            unit
            for unit in situation.tree.units("pac")
            if situation.record("A06", unit) and not situation.record("A07", unit)
        ]
        for pac in blocked:
            situation, done = deliver(situation, pac, on=day), True
        for ooad in situation.tree.units("ooad"):
            regions = situation.tree.related(ooad, "region")
            if (
                situation.fact(ooad, "has_egas") is False
                and not situation.record("A16", ooad)
                and any(situation.record("A12", region) for region in regions)
            ):
                situation = attest(situation, "A16", ooad, on=day, designated_ems=regions[0]).situation
                done = True
        if not done:
            return situation
    raise AssertionError("the country never comes to rest")


def steps_done(situation: Situation) -> set[str]:
    return {record.step for record in situation.records if record.outcome.stands}


__all__ = ["Instance", "attest", "deliver", "entry", "ooads", "period", "procedure", "run_to_the_end"]
