"""Logs go where the standard error is at the moment of writing."""

import io
import sys

import pytest
import structlog

from service.logs import configure_logs


@pytest.fixture(autouse=True)
def _as_before():
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_a_standard_error_that_was_replaced_and_closed_stops_nobody_from_logging(monkeypatch):
    log = structlog.get_logger()
    borrowed, own = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", borrowed)
    configure_logs()
    borrowed.close()
    monkeypatch.setattr(sys, "stderr", own)

    log.warning("mailbox_lost", pause=3)

    assert "event=mailbox_lost pause=3" in own.getvalue()
