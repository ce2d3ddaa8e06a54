"""The couriers' rounds: claim what lies in the outbox, hand it over, check it off."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from actions.deliver_letters import ClaimedLetter, Delivery, check_off_letters, claim_round
from actions.desk import Desk
from actions.ports import Courier
from mail.delivery import NotDelivered
from schedules.writer import Writer

log = structlog.get_logger()

LEASE_SECONDS = 600
HANDS = 20


class Couriers:
    """Sends what is due, as soon as it is woken and every few seconds anyway.

    Whatever comes back is checked off together with the next claim, so that hands never
    wait for each other: a slow letter holds up itself alone.
    """

    def __init__(
        self,
        *,
        writer: Writer,
        courier: Courier,
        channel: str = "mail",
        pause_seconds: float = 5.0,
        hands: int = HANDS,
        hands_for_answers: int | None = None,
        in_order: bool = False,
    ) -> None:
        """Prepare the rounds.

        Args:
            writer: runs the actions.
            courier: carries one letter.
            channel: whose letters these are.
            pause_seconds: the longest rest.
            hands: how many letters are carried at once.
            hands_for_answers: how many at once when they answer somebody who waits; a
                round of reminders never fills these, so that no answer stands behind it.
            in_order: whether letters to one address leave one after the other: then one
                hand carries them all, however many they are, and the others are free.
        """
        self._writer = writer
        self._courier = courier
        self._channel = channel
        self._pause = pause_seconds
        self._hands = hands
        self._hands_for_answers = hands_for_answers or hands
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next_try: datetime | None = None
        self._in_order = in_order
        self._carrying: dict[asyncio.Task[None], str] = {}
        """What each hand does, and to which address."""
        self._back: list[Delivery] = []
        self._turning = 0
        self.name = f"courier-{uuid4().hex[:8]}"

    @property
    def in_flight(self) -> int:
        """How many letters are being claimed, carried or checked off."""
        return self._turning + len(self._carrying) + len(self._back)

    def wake(self) -> None:
        """Start the next round at once; may be called from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Carry letters until cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                self._woken.clear()
                rest = self._pause
                try:
                    # As long as hands are free and letters may wait there is no rest.
                    if await self.turn_over():
                        continue
                    rest = self._rest()
                except Exception:
                    log.exception("couriers_round_failed")
                # Not wait_for: in Python 3.11 it loses a cancellation that comes at the moment of waking.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(rest):
                        await self._woken.wait()
        finally:
            for task in self._carrying:
                task.cancel()
            await asyncio.gather(*self._carrying, return_exceptions=True)

    def _rest(self) -> float:
        """Return how long to rest: less than usual when a letter may be tried again before."""
        if self._next_try is None:
            return self._pause
        until = (self._next_try - self._writer.clock.system_now()).total_seconds()
        return min(self._pause, max(until, 0.0) + 0.05)

    async def turn_over(self) -> bool:
        """Check off what came back and hand out what is due; tell whether hands and letters may be left."""
        free = self._hands_for_answers - len(self._carrying)
        if not free and not self._back:
            return False
        self._turning += 1
        try:
            system_now = self._writer.clock.system_now()
            if self._next_try is not None and self._next_try <= system_now:
                self._next_try = None
            back = list(self._back)
            claimed = await self._writer.run(
                turn_over_letters,
                back,
                worker=self.name,
                system_now=system_now,
                lease_seconds=LEASE_SECONDS,
                limit=free,
                ordinary=max(self._hands - len(self._carrying), 0),
                channel=self._channel,
                besides=sorted(set(self._carrying.values())) if self._in_order else (),
            )
            # Only now: what could not be checked off is tried again, and not sent again.
            del self._back[: len(back)]
            again = [one.retry_at for one in back if one.retry_at and not one.permanent]
            self._next_try = min([*again, *([self._next_try] if self._next_try else [])], default=None)
            loads = self._loads(claimed)
            for load in loads:
                task = asyncio.create_task(self._carry_all(load))
                self._carrying[task] = load[0].address
                task.add_done_callback(self._came_back)
            return len(loads) < len(claimed)
        finally:
            self._turning -= 1

    def _loads(self, claimed: Sequence[ClaimedLetter]) -> list[list[ClaimedLetter]]:
        """Share letters out among the hands: one each, or one address each where the order counts."""
        if not self._in_order:
            return [[letter] for letter in claimed]
        loads: defaultdict[str, list[ClaimedLetter]] = defaultdict(list)
        for letter in claimed:
            loads[letter.address].append(letter)
        return list(loads.values())

    async def _carry_all(self, load: Sequence[ClaimedLetter]) -> None:
        for letter in load:
            self._back.append(await self._carry(letter))
            self._woken.set()

    def _came_back(self, task: asyncio.Task[None]) -> None:
        del self._carrying[task]
        self._woken.set()

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


def turn_over_letters(
    desk: Desk,
    deliveries: Sequence[Delivery],
    *,
    worker: str,
    system_now: datetime,
    lease_seconds: int,
    limit: int,
    ordinary: int,
    channel: str,
    besides: Collection[str] = (),
) -> list[ClaimedLetter]:
    """Check off what came back and claim what is next, in one transaction."""
    if deliveries:
        check_off_letters(desk, deliveries)
    if limit < 1:
        return []
    return claim_round(
        desk,
        worker=worker,
        system_now=system_now,
        lease_seconds=lease_seconds,
        limit=limit,
        ordinary=ordinary,
        channel=channel,
        besides=besides,
    )


def _patience(refusal: NotDelivered, attempts: int) -> timedelta:
    if refusal.retry_after_seconds is None:
        return back_off(attempts)
    return timedelta(seconds=refusal.retry_after_seconds)


def back_off(attempts: int) -> timedelta:
    """Return how long to wait before the next try: 5 s, doubled each time, an hour at the most."""
    return timedelta(seconds=min(5 * 2 ** min(attempts, 12), 3600))
