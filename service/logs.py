"""Logs: a sentence for people, words and ids for machines; never an address, a body or a token."""

import logging
import sys

import structlog


def configure_logs() -> None:
    """Log one line an event to the standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], drop_missing=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # The library's own choice is the standard output, which belongs to answers and --json.
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.getLogger("apscheduler").setLevel(logging.WARNING)


def silence_logs() -> None:
    """Say nothing but what went wrong: the demonstration has a screen of its own."""
    configure_logs()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for name in ("apscheduler", "aioimaplib", "mail.log", "pymap", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
