"""The named conditions and gates that definitions may use. There is no expression language.

A predicate answers True, False, or None: not yet known, and the step waits. A gate answers None when
it holds, or the words that its sentence needs to say why not. Both only look at a situation.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from procedures.definition import ROOT_UNIT, Gate, Level
from procedures.sentences import say_reason
from procedures.situation import Happening, Situation, as_date


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """What a condition may look at: the situation from one unit, the entry and the day, if any."""

    situation: Situation
    unit: str
    happening: Happening | None = None
    today: date | None = None
    gate: Gate | None = None
    """The gate that is asked, for tests that serve several."""

    def fact(self, name: str) -> object:
        """Return a fact of this unit or of the nearest above that has it."""
        return self.situation.fact(self.unit, name)

    def own(self, name: str) -> object:
        """Return a fact of this very unit."""
        return self.situation.facts(self.unit).get(name)

    def units(self, scope: str) -> tuple[str, ...]:
        """Return the units of a scope that this one is, lies in, or contains."""
        return self.situation.tree.related(self.unit, scope)

    def units_of(self, step: str) -> tuple[str, ...]:
        """Return the units of a step that have to do with this one."""
        return self.units(self.situation.definition.steps[step].scope)


Words: TypeAlias = Mapping[str, str]
Predicate: TypeAlias = Callable[[View], bool | None]
GateTest: TypeAlias = Callable[[View], Words | None]

PREDICATES: dict[str, Predicate] = {}
GATES: dict[str, GateTest] = {}

_HOLDS: Words | None = None
_FAILS: Words = {}


def predicate(test: Predicate) -> Predicate:
    """Register a predicate under its function's name."""
    PREDICATES[test.__name__] = test
    return test


def gate(*names: str) -> Callable[[GateTest], GateTest]:
    """Register a gate under the names that the ledgers give it."""

    def register(test: GateTest) -> GateTest:
        for name in names:
            GATES[name] = test
        return test

    return register


def holds(names: Iterable[str], view: View) -> bool | None:
    """Tell whether all predicates hold; False as soon as one does not, None if one is not known yet."""
    answer: bool | None = True
    for name in names:
        found = PREDICATES[name](view)
        if found is False:
            return False
        if found is None:
            answer = None
    return answer


# 0780: the organisation of an OOAD.


@predicate
def has_egas(view: View) -> bool | None:
    """Tell whether the OOAD has an EGAS; unknown while nobody has said (AMB-05)."""
    value = view.fact("has_egas")
    return value if isinstance(value, bool) else None


@predicate
def lacks_egas(view: View) -> bool | None:
    """Tell whether the OOAD has no EGAS."""
    value = has_egas(view)
    return None if value is None else not value


def _regions(view: View) -> tuple[str, ...]:
    """Return the regions of the OOAD that a unit is or lies in."""
    ooad = view.situation.tree.related(view.unit, "ooad")
    return view.situation.tree.related(ooad[0], "region") if ooad else ()


def designated_region(view: View) -> str | None:
    """Return the region whose EMS integrates the list of the OOAD: the only one, or the designated one."""
    regions = _regions(view)
    if len(regions) == 1:
        return regions[0]
    designated = view.fact("designated_ems")
    return designated if isinstance(designated, str) and designated in regions else None


@predicate
def several_ems(view: View) -> bool | None:
    """Tell whether the OOAD has more than one EMS."""
    return len(_regions(view)) > 1


@predicate
def single_ems(view: View) -> bool | None:
    """Tell whether the OOAD has one EMS, which then needs no designation."""
    return len(_regions(view)) == 1


@predicate
def not_designated_ems(view: View) -> bool | None:
    """Tell whether the EMS of this region is not the designated one (AMB-01)."""
    designated = designated_region(view)
    return None if designated is None else view.unit != designated


@predicate
def refund_due(view: View) -> bool | None:
    """Tell whether the PS owes a reintegro; nobody asks for a comprobante of zero (AMB-20)."""
    amount = view.fact("refund_amount")
    return amount is None or str(amount).strip("0.") != ""


@predicate
def has_problem_cases(view: View) -> bool | None:
    """Tell whether cases of this very unit wait to be told to the next (act. 38 to 40)."""
    return _number(view.own("problem_cases")) > 0


# 0780: gates. Facts are put by actions; the names are those of ledger 1, 2.4.


@gate("G_CAL")
def _calendar_loaded(view: View) -> Words | None:
    return _HOLDS if view.fact("calendar_loaded") is True else _FAILS


@gate("G_NUM")
def _headcounts_loaded(view: View) -> Words | None:
    if view.fact("headcounts_loaded") is True:
        return _HOLDS
    missing = [
        unit for unit in view.units("ooad") if view.situation.facts(unit).get("authorised_headcount") is None
    ]
    return {"units": _named(view, missing)}


@gate("G_ALL_PAC", "G_ALL_EMS", "G_ALL_OOAD")
def _all_delivered(view: View) -> Words | None:
    missing = [
        unit
        for step in (view.gate.excepts if view.gate else ())
        for unit in view.units_of(step)
        if view.situation.record(step, unit) is None
        and holds(view.situation.definition.steps[step].when, View(situation=view.situation, unit=unit))
        is not False
    ]
    return {"units": _named(view, missing)} if missing else _HOLDS


@gate("G_CLEAN_P")
def _clean_list(view: View) -> Words | None:
    errors = _number(view.own("open_errors"))
    return _HOLDS if view.own("accepted_list") is True and not errors else {"errors": str(errors)}


@gate("G_CLEAN_R", "G_CLEAN_N")
def _clean(view: View) -> Words | None:
    errors = _number(view.own("open_errors"))
    duplicates = _number(view.own("undecided_duplicates"))
    return {"errors": str(errors), "duplicates": str(duplicates)} if errors or duplicates else _HOLDS


@gate("G_CLEAN_O")
def _clean_ooad(view: View) -> Words | None:
    failing = _clean(view)
    headcount, authorised = view.own("headcount"), view.own("authorised_headcount")
    # In all, or of a kind where the number was authorised by kind.
    over = headcount is not None and authorised is not None and _number(headcount) > _number(authorised)
    over = over or bool(view.own("excess"))
    if failing is None and not over:
        return _HOLDS
    counts = {"headcount": str(_number(headcount)), "authorised": str(_number(authorised))}
    return {"errors": "0", "duplicates": "0", **(failing or {}), **counts}


@gate("G_OPEN")
def _not_authorised_yet(view: View) -> Words | None:
    """AC-27: after the authorisation a list changes only by a new one."""
    return _FAILS if view.situation.is_done("A25") else _HOLDS


@gate("G_UNASKED")
def _account_not_asked(view: View) -> Words | None:
    """AMB-54: until the money is asked for, the list may be corrected; afterwards it enters the next period."""
    return _FAILS if view.situation.is_done("A33") else _HOLDS


@gate("G_DES")
def _designated(view: View) -> Words | None:
    """AMB-03: the record names an EMS of this OOAD."""
    return _FAILS if designated_region(view) is None else _HOLDS


def _rubricated(view: View, step: str) -> list[str]:
    """Return the units in which a rubric is missing; an excepted unit has no print to rubricate."""
    situation = view.situation
    missing: list[str] = []
    for unit in view.units_of(step):
        if holds(situation.definition.steps[step].when, View(situation=situation, unit=unit)) is False:
            continue
        record = situation.record(step, unit)
        if record is None or (situation.is_done(step, unit) and record.level.rank < Level.ATTESTED.rank):
            missing.append(unit)
    return missing


@gate("G_RUB_SAC")
def _rubric_sac(view: View) -> Words | None:
    missing = _rubricated(view, "A11")
    return {"units": _named(view, missing)} if missing else _HOLDS


@gate("G_RUB_EMS")
def _rubric_ems(view: View) -> Words | None:
    missing = _rubricated(view, "A11") + _rubricated(view, "A12")
    return {"units": _named(view, missing)} if missing else _HOLDS


@gate("G_RUB_OOAD")
def _rubric_ooad(view: View) -> Words | None:
    missing = [unit for step in ("A12", "A14", "A19") for unit in _rubricated(view, step)]
    return {"units": _named(view, missing)} if missing else _HOLDS


@gate("G_RUB_JSPM")
def _rubric_jspm(view: View) -> Words | None:
    missing = _rubricated(view, "A21")
    return {"units": _named(view, missing)} if missing else _HOLDS


@gate("G_EYES")
def _other_eyes(view: View) -> Words | None:
    """Whoever built, corrected, rubricated or approved below does not approve above."""
    acts = view.fact("acted_below")
    return {"acts": "; ".join(str(act) for act in acts)} if isinstance(acts, tuple) and acts else _HOLDS


@gate("G_JOINT")
def _joint_authorisation(view: View) -> Words | None:
    """5.2.10: the JSPM of every OOAD that takes part has rubricated."""
    missing = _rubricated(view, "A21")
    return {"units": _named(view, missing)} if missing else _HOLDS


@gate("G_AUTPS")
def _releaser_authorised(view: View) -> Words | None:
    return _HOLDS if view.fact("releaser_authorised") is True else _FAILS


@gate("G_SAMEFILE")
def _same_file(view: View) -> Words | None:
    """AMB-54: what counts is the last version that the PS acknowledged.

    As long as it was sent one version only, that is the one it has, acknowledged or not.
    """
    if not view.situation.is_done("A28") or view.fact("same_file") is not True:
        return {"why": say_reason("not_sent")}
    if view.fact("replaced_version") and view.fact("acknowledged") is not True:
        words = {
            "version": view.fact("sent_version"),
            "sent_on": view.fact("sent_on"),
            "replaced": view.fact("replaced_version"),
        }
        return {"why": say_reason("not_acknowledged", **words)}
    return _HOLDS


@gate("G_PREVCOMP")
def _previous_proved(view: View) -> Words | None:
    if view.fact("first_period") is True or view.fact("previous_proved") is True:
        return _HOLDS
    return {"previous": str(view.fact("previous_period") or "—")}


@gate("G_LEAD5")
def _lead_of_five_days(view: View) -> Words | None:
    """5.2.1: tested on its own day by the deadline; here what the action found is repeated."""
    return _FAILS if view.fact("lead_kept") is False else _HOLDS


@gate("G_FUNDS")
def _funds_deposited(view: View) -> Words | None:
    return _HOLDS if view.situation.is_done("EV33B") else _FAILS


@gate("G_CIRCULAR")
def _circular_complete(view: View) -> Words | None:
    missing = view.fact("circular_lacks")
    return {"missing": str(missing)} if missing else _HOLDS


@gate("G_APPROVED")
def _circular_as_approved(view: View) -> Words | None:
    return _FAILS if view.fact("circular_as_approved") is False else _HOLDS


@predicate
def circular_outdated(view: View) -> bool | None:
    """Tell whether the circular of the delivery period that left says what no longer holds."""
    return view.fact("circular_outdated") is True


@gate("G_ENDED")
def _delivery_ended(view: View) -> Words | None:
    if view.fact("delivery_ended") is True:
        return _HOLDS
    last = as_date(view.fact("T1"))
    if last is None or view.today is None:
        return _FAILS
    return _HOLDS if view.today > last else _FAILS


# Where the desk does not reckon yet, the attestation of the person stands for the reckoning; what it has
# found wrong blocks.


@gate("G_CONC")
def _reconciled(view: View) -> Words | None:
    return _FAILS if view.fact("reconciled") is False else _HOLDS


@gate("G_CT")
def _treasury_confirmed(view: View) -> Words | None:
    return _FAILS if view.fact("refund_matched") is False else _HOLDS


@gate("G_CFDI")
def _invoice_valid(view: View) -> Words | None:
    return _FAILS if view.fact("cfdi_valid") is False else _HOLDS


# INT-SOL (ledger 2, A2.1). Facts of the case: what the intake and the lines say.


@predicate
def sender_lacks_faculty(view: View) -> bool | None:
    """The sender is known and is neither Enlace, nor UAS, nor CE, or signed no Convenio."""
    return view.fact("sender_empowered") is False


@predicate
def all_lines_fonsabi(view: View) -> bool | None:
    """Every line was bought with FONSABI: another procedure (numeral 2)."""
    lines = _number(view.fact("lines"))
    return lines > 0 and _number(view.fact("lines_fonsabi")) == lines


@predicate
def has_fonsabi_lines(view: View) -> bool | None:
    """Some line was bought with FONSABI."""
    return _number(view.fact("lines_fonsabi")) > 0


@predicate
def has_excluded_lines(view: View) -> bool | None:
    """Some line is no good in the sense of numeral 3, fraction II."""
    return _number(view.fact("lines_excluded")) > 0


@predicate
def has_missing_fields(view: View) -> bool | None:
    """Some of the fractions I to X of numeral 4 is missing."""
    return bool(view.fact("missing_fields"))


@predicate
def is_complete(view: View) -> bool | None:
    """Nothing is missing."""
    return not view.fact("missing_fields")


@predicate
def accepts(view: View) -> bool | None:
    """The answer authorises the transfer, wholly or in part."""
    return view.fact("answer") == "accepted"


@predicate
def refuses(view: View) -> bool | None:
    """The answer refuses the transfer."""
    return view.fact("answer") == "refused"


@predicate
def lines_pending(view: View) -> bool | None:
    """Some line waits for an authorisation."""
    return _number(view.fact("lines_pending")) > 0


@predicate
def no_lines_pending(view: View) -> bool | None:
    """Every line is resolved."""
    return _number(view.fact("lines_pending")) == 0


@predicate
def lines_authorised(view: View) -> bool | None:
    """Some line has been authorised."""
    return _number(view.fact("lines_authorised")) > 0


@predicate
def no_lines_authorised(view: View) -> bool | None:
    """No line has been authorised."""
    return _number(view.fact("lines_authorised")) == 0


@predicate
def other_candidate(view: View) -> bool | None:
    """Another entity could give the goods, and there is time left."""
    return view.fact("other_candidate") is True


@predicate
def no_other_candidate(view: View) -> bool | None:
    """Nobody else could give the goods."""
    return view.fact("other_candidate") is not True


@predicate
def received_in_term(view: View) -> bool | None:
    """The answer reached the server on the last day of the term or before (GEN-09)."""
    if view.happening is None:
        return None
    timer = view.situation.timer("P_SOL_5DH", ROOT_UNIT)
    return timer is None or view.happening.on <= timer.due_on


@predicate
def received_late(view: View) -> bool | None:
    """The answer reached the server after the term."""
    return received_in_term(view) is False


@gate("INT_027")
def _operation_named(view: View) -> Words | None:
    return _HOLDS if view.fact("operation_named") is True else _FAILS


@gate("INT_030")
def _collection_named(view: View) -> Words | None:
    return _HOLDS if view.fact("collection_place") and view.fact("collection_terms") else _FAILS


@gate("INT_080")
def _not_more_than_asked(view: View) -> Words | None:
    return _FAILS if view.fact("authorised_exceeds_requested") is True else _HOLDS


# CS-EXP (ledger 2, B2.5).

EXPRESSION_TYPES = ("queja", "denuncia", "sugerencia", "felicitación", "petición")


@predicate
def lacks_facts_or_facility(view: View) -> bool | None:
    """The expression does not say what happened, or where."""
    return not (view.fact("what_happened") and view.fact("facility"))


@predicate
def tells_facts_and_facility(view: View) -> bool | None:
    """The expression says what happened and where."""
    return not lacks_facts_or_facility(view)


@predicate
def just_completed(view: View) -> bool | None:
    """The addition makes it whole: until now something was missing."""
    return view.situation.state == "por_completar" and bool(tells_facts_and_facility(view))


@predicate
def has_contact(view: View) -> bool | None:
    """The person left a way to be answered."""
    return bool(view.fact("contact"))


@predicate
def lacks_contact(view: View) -> bool | None:
    """The person is anonymous, or left no way to be answered."""
    return not view.fact("contact")


@predicate
def is_no_denuncia(view: View) -> bool | None:
    """A denuncia is not withdrawn: the irregularity is looked into anyway."""
    return view.fact("type") != "denuncia"


@gate("CS_025")
def _type_known(view: View) -> Words | None:
    return _HOLDS if view.fact("type") in EXPRESSION_TYPES else {"types": ", ".join(EXPRESSION_TYPES)}


@gate("CS_026")
def _competent_team(view: View) -> Words | None:
    """ROP 10: turned to a competent team, never to whom it is about."""
    team = view.fact("turned_to")
    return _HOLDS if team and team != view.fact("about") else _FAILS


@gate("CS_027")
def _instance_named(view: View) -> Words | None:
    return _HOLDS if view.fact("channelled_to") else _FAILS


@gate("CS_028")
def _resolution_written(view: View) -> Words | None:
    return _HOLDS if view.fact("resolution") else _FAILS


def _number(value: object) -> int:
    """Read a count; nothing counts as none."""
    return int(str(value)) if value is not None and str(value).strip() else 0


def _named(view: View, units: Iterable[str]) -> str:
    """Name units in a sentence, each once."""
    return ", ".join(dict.fromkeys(view.situation.name_of(unit) for unit in units))
