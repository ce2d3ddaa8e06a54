"""What the receiving server found out about a sender, and whether it is enough (V-002)."""

import re
from dataclasses import dataclass
from enum import StrEnum

from mail.headers import restore_text

WITHOUT_ID = "-"
"""Configured when the border server writes no authserv-id of its own (Microsoft 365)."""


class Verdict(StrEnum):
    """What the border server says of the From address."""

    PASSED = "passed"
    FAILED = "failed"
    NONE = "none"


class AuthenticationMode(StrEnum):
    """How much the office asks of a sender's mail."""

    REQUIRED = "required"
    """Only a mail that passed."""
    OPTIONAL = "optional"
    """Anything but a mail that failed: for offices whose domains publish nothing yet."""
    OFF = "off"
    """No check: the demonstration, and servers that only insiders can reach."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Authentication:
    """The verdict, and the results that it rests on."""

    verdict: Verdict = Verdict.NONE
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    reason: str = ""


def is_authentic(authentication: Authentication, mode: AuthenticationMode) -> bool:
    """Tell whether a mail may count as its From address's own."""
    if mode is AuthenticationMode.OFF:
        return True
    if mode is AuthenticationMode.OPTIONAL:
        return authentication.verdict is not Verdict.FAILED
    return authentication.verdict is Verdict.PASSED


def read_authentication(fields: list[str], authserv_id: str, from_email: str) -> Authentication:
    """Return the verdict of the topmost Authentication-Results of our own server.

    Anybody may write such a field into a mail, so those of other servers, and
    any further one under our server's name, say nothing (RFC 8601, 5). A field
    that cannot be read is no verdict.
    """
    if not authserv_id:
        return Authentication(reason="no authserv-id is configured")
    for field in fields:
        value = re.sub(r"[\r\n\t ]+", " ", restore_text(field)).strip()
        if authserv_id == WITHOUT_ID:
            return _verdict(f"border.invalid; {value}", from_email)
        if _authserv_id(value) == authserv_id.lower():
            return _verdict(value, from_email)
    return Authentication(reason="no field of the configured server")


def _authserv_id(value: str) -> str:
    without_comments = re.sub(r"\([^()]*\)", " ", value)
    return without_comments.partition(";")[0].strip().split(" ")[0].strip('"').lower()


def _verdict(value: str, from_email: str) -> Authentication:
    from authres import AuthenticationResultsHeader, AuthResError

    try:
        header = AuthenticationResultsHeader.parse(f"Authentication-Results: {value}")
    except (AuthResError, ValueError, TypeError, AttributeError, RecursionError) as error:
        # authres names its own SyntaxError; some junk makes it stumble over None.
        return Authentication(reason=f"the field cannot be read: {error}"[:200])
    domain = from_email.rpartition("@")[2].lower()
    results: dict[str, str] = {"spf": "", "dkim": "", "dmarc": ""}
    aligned = False
    contradicted = False
    for result in header.results or []:
        method = getattr(result, "method", "")
        if method not in results:
            continue
        properties = {f"{one.type}.{one.name}": str(one.value or "") for one in result.properties}
        if results[method] != "pass":
            results[method] = result.result
        if method == "dmarc" and properties.get("header.from", domain).lower() != domain:
            contradicted = True
        if method == "dkim" and result.result == "pass":
            aligned = aligned or _is_aligned(
                properties.get("header.d") or properties.get("header.i", ""), domain
            )
        if method == "spf" and result.result == "pass":
            aligned = aligned or _is_aligned(properties.get("smtp.mailfrom", ""), domain)
    if results["dmarc"] == "pass":
        verdict = Verdict.FAILED if contradicted else Verdict.PASSED
    elif results["dmarc"] in {"fail", "permerror"} or (
        not aligned and {results["spf"], results["dkim"]} & {"fail", "softfail"}
    ):
        verdict = Verdict.FAILED
    elif results["dmarc"] == "temperror":
        verdict = Verdict.NONE
    else:
        verdict = Verdict.PASSED if aligned and domain else Verdict.NONE
    return Authentication(verdict=verdict, spf=results["spf"], dkim=results["dkim"], dmarc=results["dmarc"])


def _is_aligned(identity: str, domain: str) -> bool:
    """Tell whether an authenticated domain is the sender's own, or a parent or child of it."""
    its = identity.rpartition("@")[2].lower().strip(".")
    if its.count(".") == 0:
        return False
    return its == domain or its.endswith("." + domain) or domain.endswith("." + its)
