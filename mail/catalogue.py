"""The messages that the desk can write: a folder each under templates/."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from mail.errors import MailError
from procedures.yaml_text import read_yaml


class BadTemplate(MailError):
    """A message's folder does not hold what it must."""


class UnknownMessage(MailError):
    """No message has that key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """Something that a template says and the caller must give."""

    means: str
    example: Any
    personal: bool = False
    """A name, a claim or an amount of a person: never in a subject (V-092)."""
    optional: bool = False
    default: Any = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A kind of letter: what it is for, and what it needs to be written."""

    key: str
    says: str
    activity: str
    """The activity of the subject's tag: `A01`, or `ACUSE`, `OBS`, `REC`; empty when the case gives it."""
    automatic: str
    """Auto-Submitted of RFC 3834: auto-generated, auto-replied, or empty for a person's own act."""
    confidential: bool
    folder: str
    """Where subject.j2 and body.j2 lie; another message's when this one only differs in its use."""
    values: Mapping[str, Value]


@cache
def list_messages() -> Mapping[str, Message]:
    """Return every message by its key.

    Raises:
        BadTemplate: a folder without a readable values.yaml.
    """
    root = files("mail").joinpath("templates")
    folders = sorted(one.name for one in root.iterdir() if one.is_dir() and not one.name.startswith("_"))
    if not folders:
        raise BadTemplate("there is no message at all")
    described = {
        name: read_yaml(root.joinpath(name, "values.yaml").read_text(encoding="utf-8")) for name in folders
    }
    return {name: _message(name, described) for name in folders}


def get_message(key: str) -> Message:
    """Return one message.

    Raises:
        UnknownMessage: no message has that key.
    """
    message = list_messages().get(key)
    if message is None:
        raise UnknownMessage(key)
    return message


def _message(name: str, described: Mapping[str, Mapping[str, Any]]) -> Message:
    own = described[name]
    like = own.get("like", name)
    if like not in described or ("like" in described[like] and like != name):
        raise BadTemplate(f"{name} is like {like}, which is no message of its own")
    merged = {**described[like], **own}
    try:
        return Message(
            key=name,
            says=merged["says"],
            activity=merged.get("activity", ""),
            automatic=merged.get("automatic", ""),
            confidential=bool(merged["confidential"]),
            folder=like,
            values={
                key: Value(
                    means=one["means"],
                    example=own.get("examples", {}).get(key, one["example"]),
                    personal=one.get("personal", False),
                    optional="default" in one,
                    default=one.get("default"),
                )
                for key, one in (merged.get("values") or {}).items()
            },
        )
    except (KeyError, TypeError) as error:
        raise BadTemplate(f"{name}/values.yaml lacks {error}") from error
