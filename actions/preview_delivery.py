"""Show the circular of the delivery period before it leaves: what prevents it, whom it reaches, three real letters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from actions.compose_circular import (
    CircularContent,
    changes_between,
    circular_content,
    circular_lacks,
    circular_number,
    circular_words,
    content_sent,
    delivery_folio,
)
from actions.desk import Desk
from actions.find_addressees import Addressee, addressees, recipients
from actions.letter_values import due_values, name_of, period_in_words, unit_in_words
from actions.preview_circular import unreachable
from actions.send_circular import CIRCULARS, Draft, circular_draft, pac_drafts, replacement_drafts
from actions.send_letter import letterhead, subject_tag
from mail.composing import Enclosure, Recipient, compose
from procedures.engine import Instance
from procedures.situation import Situation
from storage import outbox, payees
from storage.cases import CaseRow
from storage.payees import Payee

RULE_DAYS = 7
"""Una semana de anticipación: natural days (act. 34, AMB-22)."""
LEAVES_AT = time(9)
"""An approved circular leaves at nine of the office (ledger, AC-39)."""
SAMPLES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """A letter as somebody will read it."""

    about: str
    subject: str
    text: str
    original: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryPreview:
    """A circular before it leaves."""

    folio: str
    old_folio: str
    changes: tuple[str, ...]
    content: CircularContent
    leaves_at: datetime | None
    """When it leaves once it is approved; None for at once."""
    blockers: tuple[str, ...]
    warnings: tuple[str, ...]
    unreachable: tuple[str, ...]
    offices: tuple[tuple[str, str, int, int, int, int], ...]
    """OOAD, through whom, circulars, SAC, PAC, people."""
    recipient_count: int
    samples: tuple[Sample, ...]
    attachments: tuple[Enclosure, ...]


def preview_delivery(desk: Desk, case: CaseRow, situation: Situation) -> DeliveryPreview:
    """Return the circular as it would leave now, whether the first one or the one that replaces it."""
    content = circular_content(desk, case)
    old = content_sent(desk, case)
    named = payees.payees_of(desk.session, case.id, case.tree.get("pac", []))
    offices = tuple(_reach(desk, case, named))
    reached = outbox.letters_about(desk.session, case.id, CIRCULARS) if old else []
    drafts = replacement_drafts(desk, case, content, reached) if old else _drafts(desk, case, content, named)
    numbers = [sum(row[2:5]) for row in offices]
    replaced = circular_number(case)
    folio = delivery_folio(case, replaced + 1) if old else delivery_folio(case)
    changes = tuple(changes_between(old, content)) if old else ()
    samples = _samples(
        desk,
        case,
        drafts,
        named,
        {"old_folio": delivery_folio(case), "changes": list(changes)} if old else {},
    )
    leaves = None if old else _leaves_at(desk, situation)
    return DeliveryPreview(
        folio=folio,
        old_folio=delivery_folio(case) if old else "",
        changes=changes,
        content=content,
        leaves_at=leaves,
        blockers=tuple(circular_lacks(desk, case, content)),
        warnings=tuple(_warnings(desk, case, situation, content, named, first=old is None)),
        unreachable=tuple(unreachable(desk, case)),
        offices=offices,
        recipient_count=sum(len(draft.to) for draft in drafts) if old else sum(numbers),
        samples=samples,
        attachments=_attachments(drafts),
    )


def preview_values(
    desk: Desk, case: CaseRow, situation: Situation, instance: Instance, shown: DeliveryPreview
) -> dict[str, Any]:
    """Return what the letter says that asks CACyPCS to approve a circular."""
    return {
        "period": period_in_words(desk, case),
        "circular_folio": shown.folio,
        "old_folio": shown.old_folio,
        "changes": list(shown.changes),
        "t0": shown.content.t0,
        "t1": shown.content.t1,
        "leaves_at": shown.leaves_at,
        "blockers": list(shown.blockers),
        "warnings": list(shown.warnings),
        "recipient_count": shown.recipient_count,
        "offices": [list(row) for row in shown.offices],
        "unreachable": list(shown.unreachable),
        "requisites": list(shown.content.requisites),
        "samples": [
            {"about": sample.about, "subject": sample.subject, "text": sample.text}
            for sample in shown.samples
        ],
        "enclosed": [file.name for file in shown.attachments],
        **due_values(desk, situation, instance),
    }


def _leaves_at(desk: Desk, situation: Situation) -> datetime | None:
    due = due_values(desk, situation, Instance("A34", ""))["due"]
    if due is None:
        return None
    leaves = datetime.combine(due, LEAVES_AT, desk.office.zone)
    return leaves if leaves > desk.now else None


# ------------------------------------------------------------------ checks


def _warnings(
    desk: Desk,
    case: CaseRow,
    situation: Situation,
    content: CircularContent,
    named: Sequence[Payee],
    *,
    first: bool,
) -> Iterator[str]:
    words = circular_words()["warnings"]
    if first and desk.today > content.t0:
        yield words["begun"].format(t0=f"{content.t0:%d-%m-%Y}")
    elif first and (content.t0 - desk.today).days < RULE_DAYS:
        yield words["short_notice"].format(days=_in_days(desk.today, content.t0))
    if not situation.is_done("EV33B"):
        yield words["no_funds"]
    without: dict[str, int] = {}
    for payee in named:
        if not payee.row.office:
            without[payee.row.pac] = without.get(payee.row.pac, 0) + 1
    if without:
        where = "; ".join(
            f"{unit_in_words(case, pac).split(',')[0]} ({count})" for pac, count in without.items()
        )
        count = sum(without.values())
        yield words["no_office"].format(count=f"{count} persona{'' if count == 1 else 's'}", where=where)
    for ooad in case.tree.get("ooad", []):
        if not [who for who in recipients(desk, case, "M-23", ooad) if who.asks]:
            yield words["no_region_reader"].format(ooad=name_of(case, ooad))
    yield from _holders_of_several(desk, case)


def _in_days(today: date, t0: date) -> str:
    words = circular_words()["days"]
    days = (t0 - today).days
    return str({0: words["today"], 1: words["tomorrow"]}.get(days) or words["in_days"].format(days=days))


def _holders_of_several(desk: Desk, case: CaseRow) -> Iterator[str]:
    posts: dict[str, list[Addressee]] = {}
    for who in _everybody(desk, case):
        known = posts.setdefault(who.email, [])
        if (who.role, who.unit) not in {(other.role, other.unit) for other in known}:
            known.append(who)
    for held in posts.values():
        if len(held) > 1:
            yield circular_words()["warnings"]["holder_of_several"].format(
                name=held[0].name,
                count=len(held),
                posts="; ".join(f"{who.role} {unit_in_words(case, who.unit).split(',')[0]}" for who in held),
            )


def _everybody(desk: Desk, case: CaseRow) -> Iterator[Addressee]:
    for scope, roles in (("ooad", ("EGAS", "JSPM", "SAC")), ("region", ("EMS", "SAC")), ("pac", ("PAC",))):
        for unit in case.tree.get(scope, []):
            for role in roles:
                yield from addressees(desk, role, unit)


def _reach(
    desk: Desk, case: CaseRow, named: Sequence[Payee]
) -> Iterator[tuple[str, str, int, int, int, int]]:
    for ooad in case.tree.get("ooad", []):
        pacs = [pac for pac in case.tree.get("pac", []) if pac.startswith(f"{ooad}-")]
        yield (
            name_of(case, ooad),
            "EGAS y EMS" if case.facts[ooad].get("has_egas") else "EMS",
            len(recipients(desk, case, "M-23", ooad)),
            len(recipients(desk, case, "M-24a", ooad)),
            sum(len(recipients(desk, case, "M-24b", pac)) for pac in pacs),
            sum(payee.row.pac in pacs for payee in named),
        )


# ------------------------------------------------------------------ samples


def _drafts(desk: Desk, case: CaseRow, content: CircularContent, named: Sequence[Payee]) -> list[Draft]:
    """Return the letters worth showing: a circular, an ordinary PAC's copy and the hardest one's."""
    ooads = case.tree.get("ooad", [])
    drafts = [circular_draft(desk, case, ooad, content) for ooad in ooads[:1]]
    ordinary, hardest = _ordinary_and_hardest(named)
    for pac in dict.fromkeys(pac for pac in (ordinary, hardest) if pac):
        drafts += pac_drafts(desk, case, pac, content)[:1]
    return drafts


def _ordinary_and_hardest(named: Sequence[Payee]) -> tuple[str, str]:
    """Return a PAC as most are, and the one with most people without office, then with the longest name."""
    by_pac: dict[str, list[Payee]] = {}
    for payee in named:
        by_pac.setdefault(payee.row.pac, []).append(payee)
    if not by_pac:
        return "", ""
    hardest = max(
        by_pac,
        key=lambda pac: (
            sum(not payee.row.office for payee in by_pac[pac]),
            max(len(payee.name) for payee in by_pac[pac]),
        ),
    )
    sizes = sorted((pac for pac in by_pac if pac != hardest), key=lambda pac: (len(by_pac[pac]), pac))
    return (sizes[len(sizes) // 2] if sizes else ""), hardest


def _samples(
    desk: Desk, case: CaseRow, drafts: Sequence[Draft], named: Sequence[Payee], more: dict[str, Any]
) -> tuple[Sample, ...]:
    _ordinary, hardest = _ordinary_and_hardest(named)
    pacs = set(case.tree.get("pac", []))
    chosen = [draft for draft in drafts if draft.unit not in pacs][:1]
    chosen += [draft for draft in drafts if draft.unit in pacs and draft.unit != hardest][:1]
    chosen += [draft for draft in drafts if draft.unit == hardest][:1]
    return tuple(_sample(desk, case, draft, hardest, named, more) for draft in chosen[:SAMPLES] if draft.to)


def _sample(
    desk: Desk, case: CaseRow, draft: Draft, hardest: str, named: Sequence[Payee], more: dict[str, Any]
) -> Sample:
    words = circular_words()["samples"]
    who = draft.to[0]
    unit = unit_in_words(case, draft.unit)
    if draft.unit == hardest:
        own = [payee for payee in named if payee.row.pac == hardest]
        without = sum(not payee.row.office for payee in own)
        why = words["without_office"].format(count=without) if without else words["longest_name"]
        about = words["worst"].format(unit=unit, why=why)
    elif draft.unit in case.tree.get("pac", []):
        about = words["pac"].format(unit=unit)
    else:
        about = words["circular"].format(role=who.role or "destinatario", ooad=unit.removeprefix("OOAD "))
    pattern = compose(
        draft.key, {**draft.values, **more}, office=letterhead(desk), attachments=draft.attachments
    )
    recipient = Recipient(
        address=who.email,
        name=who.name,
        cargo=who.cargo,
        tag=subject_tag(case, draft.key, who.asks or draft.step, who.asks_unit or draft.unit),
    )
    subject, text = pattern.preview(recipient)
    return Sample(
        about=about,
        subject=subject,
        text=text.partition("-" * 50)[0].strip(),
        original=pattern.letter(recipient, message_id="<muestra@invalid>", date=desk.now),
    )


def _attachments(drafts: Sequence[Draft]) -> tuple[Enclosure, ...]:
    """Return the files of the first letters, each once."""
    found: dict[str, Enclosure] = {}
    for draft in drafts:
        for file in draft.attachments:
            found.setdefault(file.name, file)
    return tuple(list(found.values())[:4])
