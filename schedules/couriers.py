"""The couriers' rounds: claim what lies in the outbox, hand it over, check it off."""

import asyncio
import contextlib
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from actions.deliver_letters import ClaimedLetter, Delivery, check_off_letters, claim_round
from actions.ports import Courier
from mail.delivery import NotDelivered
from schedules.writer import Writer

log = structlog.get_logger()

LEASE_SECONDS = 600
ROUND = 20


class Couriers:
    """Sends what is due, as soon as it is woken and every few seconds anyway."""

    def __init__(
        self, *, writer: Writer, courier: Courier, channel: str = "mail", pause_seconds: float = 5.0
    ) -> None:
        self._writer = writer
        self._courier = courier
        self._channel = channel
        self._pause = pause_seconds
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next_try: datetime | None = None
        self.name = f"courier-{uuid4().hex[:8]}"
        self.in_flight = 0

    def wake(self) -> None:
        """Start the next round at once; may be called from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Carry letters until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            try:
                while await self.round():
                    pass
            except Exception:
                log.exception("couriers_round_failed")
            # Not wait_for: in Python 3.11 it loses a cancellation that comes at the moment of waking.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._rest()):
                    await self._woken.wait()

    def _rest(self) -> float:
        """Return how long to rest: less than usual when a letter may be tried again before."""
        if self._next_try is None:
            return self._pause
        until = (self._next_try - self._writer.clock.system_now()).total_seconds()
        return min(self._pause, max(until, 0.0) + 0.05)

    async def round(self) -> int:
        """Carry one round of letters and return how many were claimed."""
        self.in_flight += 1
        try:
            system_now = self._writer.clock.system_now()
            if self._next_try is not None and self._next_try <= system_now:
                self._next_try = None
            claimed = await self._writer.run(
                claim_round,
                worker=self.name,
                system_now=system_now,
                lease_seconds=LEASE_SECONDS,
                limit=ROUND,
                channel=self._channel,
            )
            if not claimed:
                return 0
            deliveries = await asyncio.gather(*(self._carry(letter) for letter in claimed))
            again = [one.retry_at for one in deliveries if one.retry_at and not one.permanent]
            self._next_try = min([*again, *([self._next_try] if self._next_try else [])], default=None)
            await self._writer.run(check_off_letters, deliveries)
            return len(claimed)
        finally:
            self.in_flight -= 1

    async def _carry(self, letter: ClaimedLetter) -> Delivery:
        try:
            provider_id = await self._courier.carry(
                address=letter.address, original=letter.original, letter_id=letter.id
            )
        except NotDelivered as refusal:
            log.warning("letter_not_delivered", letter_id=letter.id, permanent=refusal.permanent)
            return Delivery(
                letter_id=letter.id,
                answer=refusal.answer,
                permanent=refusal.permanent,
                in_doubt=refusal.in_doubt,
                unreachable=refusal.unreachable,
                retry_at=self._writer.clock.system_now() + _patience(refusal, letter.attempts),
            )
        except Exception as error:
            log.exception("letter_failed", letter_id=letter.id)
            return Delivery(
                letter_id=letter.id,
                answer=type(error).__name__,
                permanent=False,
                retry_at=self._writer.clock.system_now() + back_off(letter.attempts),
            )
        return Delivery(letter_id=letter.id, provider_id=provider_id, sent=True)


def _patience(refusal: NotDelivered, attempts: int) -> timedelta:
    if refusal.retry_after_seconds is None:
        return back_off(attempts)
    return timedelta(seconds=refusal.retry_after_seconds)


def back_off(attempts: int) -> timedelta:
    """Return how long to wait before the next try: 5 s, doubled each time, an hour at the most."""
    return timedelta(seconds=min(5 * 2 ** min(attempts, 12), 3600))
