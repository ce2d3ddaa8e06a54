"""Remind whoever owes a step and tell those above what is late: one letter a day and person at the most (ledger 7.6).

A rung of a step's ladder puts a row in the agenda for each person who is to hear of
it; those rows are told together, when the office is open where the person works. So
nothing is told at night or twice, and what a stop of the service left behind is told
once, in the next letter.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from actions.desk import Desk
from actions.find_addressees import Addressee, addressees, owners_of, unique
from actions.letter_values import period_in_words, unit_in_words
from actions.read_case import read_situation, working_days
from actions.refresh_agenda import CHASE, DELIVERY, chase_again
from actions.send_letter import one_time_code, send
from actions.tell_by_chat import zone_of
from mail.wording import short_date, step_number
from procedures import engine
from procedures.engine import Instance, Situation, Status
from procedures.ladder import OWNER
from procedures.organisation import Post, find_exception, levels_above
from procedures.yaml_text import read_yaml
from storage import agenda, cases, outbox
from storage.agenda import DeadlineKind, DeadlineRow, Due
from storage.cases import CaseRow

TELL = "tell"
"""Name of the agenda's rows by which one person is to hear of one step; the person's id and the level follow."""
ALARM = -1
"""The level of those whom a definition names to be told at once, besides the ladder."""
RUNGS = frozenset({DeadlineKind.REMINDER, DeadlineKind.DUE, DeadlineKind.OVERDUE})
TOP = 6
"""No line of posts is longer."""
EXCEPTION_VALID = timedelta(days=30)
_WAITING = frozenset({Status.OPEN, Status.BLOCKED})


def is_rung(row: DeadlineRow) -> bool:
    """Tell whether a row of the agenda is a rung of a step's ladder."""
    return row.kind in RUNGS


def is_telling(row: DeadlineRow) -> bool:
    """Tell whether a row of the agenda is for one person's next letter."""
    return row.kind is DeadlineKind.ROUND and row.name.startswith(f"{TELL}/")


# ------------------------------------------------------------------ rungs


def pass_rungs(desk: Desk, case: CaseRow, rows: Iterable[DeadlineRow]) -> None:
    """Note that steps are about to fall due, or are late, and put down who is to hear of it."""
    situation = read_situation(desk, case)
    for row in rows:
        instance = Instance(row.step, row.unit)
        if row.due_on is None or not is_owed(situation, instance):
            continue
        if ":" in row.name:
            _insist(desk, case, situation, row)
            continue
        late = row.kind is DeadlineKind.OVERDUE
        desk.note(
            "step_overdue" if late else "step_reminded",
            case_id=case.id,
            step=row.step,
            unit=row.unit,
            channel="timer",
            due=f"{row.due_on:%d-%m-%Y}",
        )
        agenda.put(desk.session, list(_tellings(desk, case, situation, row)))
        if late or row.name == CHASE:
            chase_again(desk, case, situation, row)


def is_owed(situation: Situation, instance: Instance) -> bool:
    """Tell whether somebody still has to do a step; a list is owed whatever was attested before it."""
    owed = _WAITING | ({Status.PENDING} if instance.step == DELIVERY else set())
    return engine.status(situation, instance) in owed


def _tellings(desk: Desk, case: CaseRow, situation: Situation, row: DeadlineRow) -> Iterator[Due]:
    """Yield a row for each person who is to hear of a rung, for their next letter."""
    reminding = situation.definition.reminding
    days = working_days(desk)
    for level in _levels(situation, row):
        for who in audience(desk, case, situation, Instance(row.step, row.unit), level):
            zone = zone_of(desk, who.unit)
            at = (
                desk.now
                if reminding.is_open(desk.now, zone, days)
                else reminding.next_opening(desk.now, zone, days)
            )
            yield Due(
                key=f"{TELL}/{who.person_id}/{row.key}"[:200],
                kind=DeadlineKind.ROUND,
                case_id=case.id,
                step=row.step,
                unit=row.unit,
                name=f"{TELL}/{who.person_id}/{level}",
                due_at=at,
                due_on=row.due_on,
                reason=row.reason,
            )


def _levels(situation: Situation, row: DeadlineRow) -> tuple[int, ...]:
    if row.name == CHASE:
        return (OWNER,)
    days = int(row.name)
    rung = next((rung for rung in situation.definition.reminding.ladder if rung.working_days == days), None)
    levels = rung.tell if rung else ()
    first_late = min(
        (rung.working_days for rung in situation.definition.reminding.ladder if rung.working_days > 0),
        default=None,
    )
    return (*levels, ALARM) if days == first_late and situation.definition.steps[row.step].alarm else levels


def audience(
    desk: Desk, case: CaseRow, situation: Situation, instance: Instance, level: int
) -> list[Addressee]:
    """Return who hears of a step at a level today: whoever acts for the post, a suplente included.

    Where nobody can be reached, the next level that somebody holds stands in. Somebody
    outside is never written to: the step is owned by who records it for them.
    """
    owners = engine.owners(situation, instance)
    if level == ALARM:
        posts = engine.posts_of(situation, situation.definition.steps[instance.step].alarm, instance.unit)
        return unique([who for role, unit in posts for who in addressees(desk, role, unit)])
    if level == OWNER:
        found = owners_of(desk, case, owners, instance.step, instance.unit)
        if found:
            return found
        level = 1
    above = levels_above(situation, instance, levels=TOP)
    for posts_above in above[level - 1 :]:
        reached = unique([who for post in posts_above for who in addressees(desk, post.role, post.unit)])
        if reached:
            return reached
    return []


def _insist(desk: Desk, case: CaseRow, situation: Situation, row: DeadlineRow) -> None:
    """Remind at a further hour of the last day; one that was missed is not made up for."""
    instance = Instance(row.step, row.unit)
    reminding = situation.definition.reminding
    days = working_days(desk)
    for who in owners_of(desk, case, engine.owners(situation, instance), row.step, row.unit):
        zone = zone_of(desk, who.unit)
        if desk.now.astimezone(zone).date() != row.due_on or not reminding.is_open(desk.now, zone, days):
            continue
        values = reminder_of(desk, case, situation, instance, row.due_on, row.reason)
        version = f"{row.due_on:%Y-%m-%d}/{row.name}"
        send(desk, "M-45", values, [who], case=case, step=row.step, unit=row.unit, version=version)


# ------------------------------------------------------------------ letters


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """What one person is to hear of one step."""

    row: DeadlineRow
    case: CaseRow
    situation: Situation
    who: Addressee
    level: int


def tell(desk: Desk, rows: Sequence[DeadlineRow], *, complete: bool = True) -> None:
    """Write to each person of some rows once, about everything that is still so.

    `complete` says that no more of those rows is due: else each person's others are taken, too.
    """
    by_person: dict[int, list[DeadlineRow]] = {}
    for row in rows:
        by_person.setdefault(int(row.name.split("/")[1]), []).append(row)
    for person_id, own in by_person.items():
        if not complete:
            own.extend(agenda.claim_named(desk.session, now=desk.now, beginning=f"{TELL}/{person_id}/"))
        _tell_person(desk, person_id, own)


def _tell_person(desk: Desk, person_id: int, rows: Sequence[DeadlineRow]) -> None:
    told = [found for row in rows if (found := _still(desk, person_id, row)) is not None]
    if not told:
        return
    who = told[0].who
    zone = zone_of(desk, who.unit)
    reminding, days = told[0].situation.definition.reminding, working_days(desk)
    if not reminding.is_open(desk.now, zone, days) or _was_told_today(desk, who):
        for row in rows:
            agenda.put_back(desk.session, row, until=reminding.next_opening(desk.now, zone, days))
        return
    newest: dict[tuple[int | None, str, str], _Told] = {}
    for one in told:
        key = (one.case.id, one.row.step, one.row.unit)
        known = newest.get(key)
        # Of several rungs of a step the reader hears once, and in the nearest quality.
        if known is None or _rank(one) < _rank(known):
            newest[key] = one
    ordered = sorted(
        newest.values(), key=lambda one: (one.row.due_on or desk.today, one.row.step, one.row.unit)
    )
    own = [one for one in ordered if one.level == OWNER]
    team = [one for one in ordered if one.level != OWNER]
    first = (own or team)[0]
    own_items = [_item_of(desk, one) for one in own]
    team_items = [_team_item(desk, one) for one in team]
    send(
        desk,
        "M-45" if own else "M-46",
        {"summary": _summary(own_items, team_items), "own": own_items, "team": team_items},
        [first.who if len(own) == 1 and not team else _asking_nothing(first.who)],
        case=first.case,
        step=first.row.step,
        unit=first.row.unit,
        version=f"{TELL}/{desk.now.astimezone(zone):%Y-%m-%d}",
    )


def _rank(one: _Told) -> int:
    return TOP if one.level == ALARM else one.level


def _asking_nothing(who: Addressee) -> Addressee:
    """Return a reader whose ENTERADO takes no step: the letter speaks of several."""
    return replace(who, asks="", asks_unit="")


def _still(desk: Desk, person_id: int, row: DeadlineRow) -> _Told | None:
    """Return what a row is about, as long as the step waits and the person has to do with it."""
    case = cases.get_case(desk.session, row.case_id)
    situation = read_situation(desk, case)
    instance = Instance(row.step, row.unit)
    if row.due_on is None or not is_owed(situation, instance):
        return None
    level = int(row.name.split("/")[2])
    found = audience(desk, case, situation, instance, level)
    who = next((who for who in found if who.person_id == person_id), None)
    if who is None:
        return None
    if level == OWNER and who.role not in {role for role, _unit in engine.owners(situation, instance)}:
        level = 1
    return _Told(row=row, case=case, situation=situation, who=who, level=level)


def _was_told_today(desk: Desk, who: Addressee) -> bool:
    zone = zone_of(desk, who.unit)
    since = datetime.combine(desk.now.astimezone(zone).date(), time(), zone)
    return outbox.was_written_to(
        desk.session, person_id=who.person_id, templates=("M-45", "M-46"), since=since
    )


def reminder_of(
    desk: Desk, case: CaseRow, situation: Situation, instance: Instance, due_on: date, reason: str
) -> dict[str, Any]:
    """Return what a reminder of one step says to whoever owes it."""
    item = _item(desk, case, situation, instance, due_on, reason)
    return {"summary": _summary([item], []), "own": [item]}


def _item_of(desk: Desk, one: _Told) -> dict[str, Any]:
    row = one.row
    instance = Instance(row.step, row.unit)
    return _item(desk, one.case, one.situation, instance, row.due_on or desk.today, row.reason)


def _item(
    desk: Desk, case: CaseRow, situation: Situation, instance: Instance, due_on: date, reason: str
) -> dict[str, Any]:
    days = working_days(desk)
    left = days.count(desk.today, due_on) if due_on >= desk.today else -days.count(due_on, desk.today)
    return {
        "step": instance.step,
        "title": situation.definition.steps[instance.step].title,
        "unit": unit_in_words(case, instance.unit),
        "period": period_in_words(desk, case),
        "due": due_on,
        "due_reason": reason,
        "days_left": left,
    }


def _team_item(desk: Desk, one: _Told) -> dict[str, Any]:
    """Return what is late under somebody: whose it is by post, never by name (R-5.1.2)."""
    words = reminder_words()
    owners = engine.owners(one.situation, Instance(one.row.step, one.row.unit))
    role, unit = owners[0] if owners else ("", one.row.unit)
    post = f"{role}, {unit_in_words(one.case, unit)}"
    vacant = not owners_of(desk, one.case, owners, one.row.step, one.row.unit)
    options = []
    exception = find_exception(one.situation, Instance(one.row.step, one.row.unit))
    if (
        exception is not None
        and one.who.person_id is not None
        and Post(one.who.role, one.who.unit) in exception.posts
    ):
        # Whoever integrates may document that a unit did not deliver, so that the others can go on (AC-25).
        code = one_time_code(
            desk,
            one.who.person_id,
            case_id=one.case.id,
            act=f"EXCEPT:{exception.step}",
            unit=one.row.unit,
            valid=EXCEPTION_VALID,
        )
        who = words["goes_on"][exception.scope]
        options = [words["options"]["contact"], words["options"]["except"].format(code=code, who=who)]
    return {
        **_item_of(desk, one),
        "owner": words["vacant"].format(post=post) if vacant else post,
        "options": options,
    }


# ------------------------------------------------------------------ words


def _summary(own: Sequence[Mapping[str, Any]], team: Sequence[Mapping[str, Any]]) -> str:
    """Return everything in a line: the subject, and what the chat says beside the letter."""
    words = reminder_words()
    mine = _own_summary(own, words["own"])
    if not team:
        return mine
    if own:
        return str(_counted(words["team"]["besides"], len(team)).format(own=mine, count=len(team)))
    if len(team) > 1:
        return str(words["team"]["several"].format(count=len(team)))
    [item] = team
    late = -item["days_left"]
    return str(
        words["team"]["one"].format(
            number=step_number(item["step"]),
            owner=item["owner"],
            days=_counted(words["days"], late).format(count=late),
        )
    )


def _own_summary(own: Sequence[Mapping[str, Any]], words: Mapping[str, Any]) -> str:
    if len(own) == 1:
        [item] = own
        kind = "overdue" if item["days_left"] < 0 else "soon" if item["days_left"] else "today"
        return str(words[kind].format(number=step_number(item["step"]), due=short_date(item["due"])))
    late = sum(item["days_left"] < 0 for item in own)
    if not late:
        return str(words["several"].format(count=len(own)))
    return _counted(words["several_overdue"], late).format(count=len(own), late=late)


def _counted(forms: Sequence[str], number: int) -> str:
    return forms[0] if number == 1 else forms[1]


@cache
def reminder_words() -> Mapping[str, Any]:
    """Return the catalogue of what reminders say."""
    text = (files("actions") / "reminder_words.yaml").read_text(encoding="utf-8")
    words: Mapping[str, Any] = read_yaml(text)
    return words
