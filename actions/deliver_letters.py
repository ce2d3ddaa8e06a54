"""Claim letters from the outbox, and check off what became of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from actions.desk import Desk
from actions.follow_payout_mail import FOLLOWED, note_delay, note_departure
from actions.note_reachability import note_reachability
from actions.remind_volunteers import is_notice
from actions.send_chat import TELEGRAM, content_of
from storage import outbox, reminders
from storage.outbox import Claimed, Letter, LetterRow


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimedLetter:
    """A letter in a courier's hands."""

    id: int
    address: str
    original: bytes
    attempts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What became of a letter."""

    letter_id: int
    sent: bool = False
    provider_id: str = ""
    answer: str = ""
    permanent: bool = False
    in_doubt: bool = False
    """It was handed over and no answer came: it may arrive twice."""
    unreachable: bool = False
    """Nothing reaches that address until its owner comes back: an account that blocked the desk."""
    retry_at: datetime | None = None


def claim_round(
    desk: Desk,
    *,
    worker: str,
    system_now: datetime,
    lease_seconds: int,
    limit: int,
    ordinary: int | None = None,
    channel: str = "mail",
    besides: Collection[str] = (),
) -> list[ClaimedLetter]:
    """Claim the letters that are due, with their bytes; expired ones never leave.

    `ordinary` says how many of them may be others than answers; none goes to an address of `besides`.
    """
    for letter in outbox.expire_letters(desk.session, now=desk.now):
        desk.note(
            "letter_expired",
            case_id=letter.case_id,
            unit=letter.unit,
            letter_id=letter.id,
            template=letter.template,
        )
    take_back_letters(desk, system_now=system_now)
    claimed = outbox.claim_letters(
        desk.session,
        worker=worker,
        now=desk.now,
        system_now=system_now,
        lease_seconds=lease_seconds,
        limit=limit,
        ordinary=limit if ordinary is None else ordinary,
        channel=channel,
        besides=besides,
    )
    desk.fetch_originals({letter.blob_sha256 for letter in claimed})
    return [
        ClaimedLetter(
            id=letter.id,
            address=letter.address,
            original=_content(desk, channel, letter),
            attempts=letter.attempts,
        )
        for letter in claimed
    ]


def _content(desk: Desk, channel: str, letter: Claimed) -> bytes:
    original = desk.original(letter.blob_sha256)
    return content_of(desk, letter.key, original) if channel == TELEGRAM else original


def take_back_letters(desk: Desk, *, system_now: datetime | None = None) -> None:
    """Take back what was in flight when its courier died; without a time, from every courier.

    It may have left: it goes again with the same bytes, and the journal says so (promise 2).
    """
    for letter in outbox.release_claims(desk.session, system_now=system_now):
        _note_repeated(desk, letter)


def _note_repeated(desk: Desk, letter: Letter | LetterRow) -> None:
    desk.note(
        "letter_repeated",
        case_id=letter.case_id,
        unit=letter.unit,
        letter_id=letter.id,
        template=letter.template,
    )


def check_off_letters(desk: Desk, deliveries: Sequence[Delivery]) -> None:
    """Check off what left, and put back or give up what did not.

    A letter that cannot be delivered is told to whoever operates the desk, never to its sender.
    Volunteers count as told only once their notice has left.
    """
    notices = []
    letters = outbox.load_letters(desk.session, {delivery.letter_id for delivery in deliveries})
    outbox.mark_sent(
        desk.session,
        {delivery.letter_id: delivery.provider_id for delivery in deliveries if delivery.sent},
        now=desk.now,
    )
    for delivery in deliveries:
        letter = letters[delivery.letter_id]
        if delivery.sent:
            desk.note(
                "letter_sent" if letter.channel == "mail" else "chat_letter_sent",
                case_id=letter.case_id,
                step=letter.step,
                unit=letter.unit,
                letter_id=letter.id,
                channel=letter.channel,
                template=letter.template,
                message_id=letter.message_id,
                sha256=letter.blob_sha256,
            )
            if is_notice(letter):
                notices.append(delivery.letter_id)
            if letter.template == FOLLOWED:
                note_departure(desk, letter.id)
            continue
        outbox.mark_failed(
            desk.session,
            delivery.letter_id,
            permanent=delivery.permanent,
            answer=delivery.answer,
            retry_at=delivery.retry_at,
        )
        if letter.template == FOLLOWED:
            note_delay(desk, letter.id, permanent=delivery.permanent)
        if delivery.unreachable and letter.channel == TELEGRAM:
            note_reachability(desk, int(letter.address), reachable=False)
        if delivery.permanent:
            desk.note(
                "letter_failed",
                case_id=letter.case_id,
                step=letter.step,
                unit=letter.unit,
                letter_id=letter.id,
                template=letter.template,
                answer=delivery.answer[:200],
            )
        elif delivery.in_doubt:
            _note_repeated(desk, letter)
    if notices:
        reminders.note_told(desk.session, notices, at=desk.now)
