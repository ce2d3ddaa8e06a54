"""Only what our own border server says of a sender counts (V-002, AC-03)."""

import pytest

from mail.authentication import (
    WITHOUT_ID,
    Authentication,
    AuthenticationMode,
    Verdict,
    is_authentic,
    read_authentication,
)
from mail.parsing import parse_mail

OURS = "mx.oficialia.example"
PAC = "pac012@ejemplo.example"
PASS = f"{OURS}; dmarc=pass header.from=ejemplo.example"
FAIL = f"{OURS}; dmarc=fail (p=reject) header.from=ejemplo.example; spf=softfail smtp.mailfrom=x@malo.example"


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ([PASS], Verdict.PASSED),
        ([FAIL], Verdict.FAILED),
        ([FAIL, PASS], Verdict.FAILED),
        (["mx.malo.example; dmarc=pass header.from=ejemplo.example"], Verdict.NONE),
        (["mx.malo.example; dmarc=fail", PASS], Verdict.PASSED),
        ([f"{OURS}; none"], Verdict.NONE),
        ([f"{OURS}; dmarc=pass header.from=otro.example"], Verdict.FAILED),
        ([f"{OURS}; spf=pass smtp.mailfrom=pac012@ejemplo.example"], Verdict.PASSED),
        ([f"{OURS}; dkim=pass header.d=ejemplo.example header.s=x"], Verdict.PASSED),
        ([f"{OURS}; dkim=pass header.d=envios.malo.example"], Verdict.NONE),
        (
            [f"{OURS}; dkim=pass header.d=ejemplo.example; spf=softfail smtp.mailfrom=lista@otra.example"],
            Verdict.PASSED,
        ),
        ([f"{OURS}; spf=fail smtp.mailfrom=pac012@ejemplo.example; dkim=none"], Verdict.FAILED),
        ([f"{OURS}; dmarc=temperror header.from=ejemplo.example"], Verdict.NONE),
        ([f"{OURS} 1; dmarc = pass (x) header.from = ejemplo.example"], Verdict.PASSED),
        ([f"{OURS}; esto no es sintaxis ((("], Verdict.NONE),
        ([f"{OURS}"], Verdict.NONE),
        ([""], Verdict.NONE),
        ([], Verdict.NONE),
        ([f"{OURS.upper()};\r\n\tdmarc=pass\r\n\theader.from=ejemplo.example"], Verdict.PASSED),
    ],
)
def test_the_topmost_field_of_our_server_decides(fields, verdict):
    assert read_authentication(fields, OURS, PAC).verdict is verdict


def test_junk_of_our_server_hides_no_forged_field_below_it():
    forged = [f"{OURS}; ((( basura", PASS]

    assert read_authentication(forged, OURS, PAC).verdict is Verdict.NONE


def test_without_a_configured_server_nobody_is_believed():
    assert read_authentication([PASS], "", PAC).verdict is Verdict.NONE


def test_a_server_that_writes_no_id_can_be_configured():
    field = (
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=ejemplo.example; dkim=pass (signature was verified) "
        "header.d=ejemplo.example;dmarc=pass action=none header.from=ejemplo.example;compauth=pass reason=100"
    )

    assert read_authentication([field], WITHOUT_ID, PAC).verdict is Verdict.PASSED
    assert read_authentication([field], OURS, PAC).verdict is Verdict.NONE


@pytest.mark.parametrize(
    ("mode", "accepted"),
    [
        (AuthenticationMode.REQUIRED, {Verdict.PASSED}),
        (AuthenticationMode.OPTIONAL, {Verdict.PASSED, Verdict.NONE}),
        (AuthenticationMode.OFF, set(Verdict)),
    ],
)
def test_the_office_chooses_how_much_it_asks(mode, accepted):
    assert {verdict for verdict in Verdict if is_authentic(Authentication(verdict=verdict), mode)} == accepted


def test_ac_03_a_forged_sender_is_seen_through_the_whole_reading():
    raw = f"Authentication-Results: {FAIL}\r\nAuthentication-Results: {PASS}\r\nFrom: {PAC}\r\n\r\nHECHO 123456".encode()

    mail = parse_mail(raw, authserv_id=OURS)

    assert mail.authentication.verdict is Verdict.FAILED
    assert mail.authentication.dmarc == "fail"
