"""Run the rounds of the agenda: what the desk does of its own accord at an instant, by the round's name."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from actions import (
    ask_provider,
    close_payout_cases,
    follow_payout_mail,
    offer_release,
    prepare_prints,
    prompt_progress,
    send_summary,
)
from actions.desk import Desk
from actions.register_payout_case import MAIL_ROUND
from storage.agenda import DeadlineKind, DeadlineRow

Round: TypeAlias = Callable[[Desk, DeadlineRow], None]

ROUNDS: Mapping[str, Round] = {
    MAIL_ROUND: follow_payout_mail.check_case,
    offer_release.ROUND: offer_release.ask_again,
    prompt_progress.ROUND: prompt_progress.prompt_round,
    ask_provider.ROUND: ask_provider.check_answer,
    close_payout_cases.ROUND: close_payout_cases.close_cases,
    send_summary.ROUND: send_summary.send_summary,
    prepare_prints.ROUND: prepare_prints.finish_prints,
}
"""By the first part of a row's name; what follows a slash is the round's own."""


def is_known_round(row: DeadlineRow) -> bool:
    """Tell whether a row of the agenda is one of these rounds."""
    return row.kind is DeadlineKind.ROUND and row.name.partition("/")[0] in ROUNDS


def run_round(desk: Desk, row: DeadlineRow) -> None:
    """Do what a round is for."""
    ROUNDS[row.name.partition("/")[0]](desk, row)
