"""What payout cases are called: reasons, states, and what the PS is asked (ledger 4.7)."""

from functools import lru_cache
from importlib.resources import files

from procedures.yaml_text import read_yaml
from storage.payout_cases import PayoutReason, PayoutState


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, dict[str, str] | str]]:
    words: dict[str, dict[str, dict[str, str] | str]] = read_yaml(
        (files("actions") / "payout_words.yaml").read_text(encoding="utf-8")
    )
    return words


def reason_in_words(reason: PayoutReason) -> str:
    """Return what a reason is called in letters.

    >>> reason_in_words(PayoutReason.OTHER_NAME)
    'El nombre es distinto al de la identificación'
    """
    return _reason(reason, "says")


def reason_on_button(reason: PayoutReason) -> str:
    """Return a reason in the words that fit on a button.

    >>> reason_on_button(PayoutReason.OFFICE_CLOSED)
    'Oficina cerrada o sin efectivo'
    """
    return _reason(reason, "short")


def _reason(reason: PayoutReason, form: str) -> str:
    words = _words()["reasons"][reason.value]
    assert isinstance(words, dict)
    return words[form]


def state_in_words(state: PayoutState) -> str:
    """Return what a state is called.

    >>> state_in_words(PayoutState.SAC_NOTIFIED)
    'con su SAC'
    """
    return str(_words()["states"][state.value])


def question_for_provider(reason: PayoutReason) -> str:
    """Return what the PS is asked about a case with such a reason."""
    return str(_words()["questions"][reason.value])
