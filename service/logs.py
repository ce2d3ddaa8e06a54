"""Logs: a sentence for people, words and ids for machines; never an address, a body or a token."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_ADDRESS = re.compile(r"[^\s<>\"'(),;:=\[\]]+@[^\s<>\"'(),;:=\[\]]+")
_TOKEN = re.compile(r"\d{6,}:[\w-]{30,}")
_LIBRARIES = ("apscheduler", "aioimaplib", "aiosmtplib", "httpx", "httpcore", "telegram", "mail.log", "pymap")

_Values = MutableMapping[str, Any]


def configure_logs() -> None:
    """Log one line an event to the standard error, our own and what libraries complain of."""
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = [
        structlog.processors.format_exc_info,
        mask,
        structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], drop_missing=True),
    ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=_to_standard_error,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


def _to_standard_error(*_: object) -> structlog.PrintLogger:
    """Print to the standard error of the moment, which whoever runs a command inside a program may replace.

    The library's own choice is the standard output, which belongs to answers and --json.
    """
    return structlog.PrintLogger(sys.stderr)


def silence_logs() -> None:
    """Say nothing but what went wrong: the demonstration has a screen of its own."""
    configure_logs()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for name in (*_LIBRARIES, "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def mask(_logger: object, _method: str, values: _Values) -> _Values:
    """Take addresses and tokens out of a line: a server's answer or a traceback may quote them.

    >>> mask(None, "", {"event": "refused", "error": "NO login of ana@example.org failed"})["error"]
    'NO login of ***@*** failed'
    """
    return {
        name: _TOKEN.sub("***", _ADDRESS.sub("***@***", value)) if isinstance(value, str) else value
        for name, value in values.items()
    }
