"""Find the expediente of a period and a unit in it, as people name them: by code, by its end, or by name."""

from collections.abc import Callable

from actions.desk import Desk
from procedures.lists.names import normalise_name
from storage import cases
from storage.cases import CaseRow

PROCEDURE = "0780-003-002"
WHOLE = frozenset({"", "NACIONAL", "PIB"})


class NoSuchPeriod(LookupError):
    """The period was never opened."""


class NoSuchUnit(LookupError):
    """The expediente has no such unit, or several that could be meant."""


def get_case_of(desk: Desk, period: str, procedure: str = PROCEDURE) -> CaseRow:
    """Return the expediente of a period.

    Raises:
        NoSuchPeriod: it was never opened.
    """
    case = cases.find_case(desk.session, f"{procedure}/{period}")
    if case is None:
        raise NoSuchPeriod(period)
    return case


def get_unit(case: CaseRow, named: str, *, may_mean: Callable[[str], bool] | None = None) -> str:
    """Return the code of the unit that somebody names; empty for the whole of the nation.

    Where several are called so, those that the person `may_mean` count: PAC001 of the
    own region, and not that of another OOAD.

    Raises:
        NoSuchUnit: there is none, or there are several.
    """
    wanted = named.strip()
    if wanted.upper() in WHOLE:
        return ""
    units = [code for codes in case.tree.values() for code in codes if code]
    name = normalise_name(wanted)
    for fits in (
        lambda code: code == wanted.upper(),
        lambda code: code.endswith(f"-{wanted.upper()}"),
        lambda code: normalise_name(str(case.facts.get(code, {}).get("name", ""))) == name,
    ):
        found = [code for code in units if fits(code)]
        if len(found) > 1 and may_mean is not None:
            found = [code for code in found if may_mean(code)] or found
        if len(found) == 1:
            return found[0]
        if found:
            raise NoSuchUnit(named)
    raise NoSuchUnit(named)
