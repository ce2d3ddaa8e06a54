"""The calendars of ledger 1 (7.1, 7.3), for tests only: three sets of days off, the periods of 2027, the terms."""

from datetime import date

from procedures.catalogue import read_builtin
from procedures.loader import load
from procedures.periods import Period, terms_of
from procedures.working_days import Base, WorkingDays

TERMS = terms_of(load(read_builtin("0780-003-002")))
"""The terms of the procedure by step: what calendars are checked against."""


def listed(*days):
    """A calendar that knows only the days given, besides weekends."""
    return WorkingDays(base=Base.LISTED, extra=frozenset(date.fromisoformat(day) for day in days))


_LFT = "2027-01-01 2027-02-01 2027-03-15 2027-05-01 2027-09-16 2027-11-15 2027-12-25"
_MORE = "2027-03-25 2027-03-26 2027-05-05 2027-11-02"
_LFPA = "2027-01-01 2027-02-05 2027-03-21 2027-05-01 2027-05-05 2027-09-01 2027-09-16 2027-11-20 2027-12-25"

CAL_A = listed("2026-12-25", *_LFT.split())
CAL_B = listed("2026-12-25", *_LFT.split(), *_MORE.split())
CAL_C = listed("2026-12-25", *_LFPA.split())


def period(code, t0, t1, r, months, **dates):
    """A period from ISO dates; months as numbers of its year."""
    return Period(
        code=code,
        months=tuple(f"{code[:4]}-{month:02}" for month in months),
        t0=date.fromisoformat(t0),
        t1=date.fromisoformat(t1),
        r=date.fromisoformat(r),
        dates={name: date.fromisoformat(day) for name, day in dates.items()},
    )


YEAR_2027 = (
    period("2027-B1", "2027-03-01", "2027-03-12", "2027-02-25", (1, 2)),
    period("2027-B2", "2027-05-03", "2027-05-14", "2027-04-29", (3, 4)),
    period("2027-B3", "2027-07-01", "2027-07-14", "2027-06-29", (5, 6)),
    period("2027-B4", "2027-09-01", "2027-09-14", "2027-08-30", (7, 8)),
    period("2027-B5", "2027-10-25", "2027-11-05", "2027-10-21", (9, 10)),
    period("2027-B6", "2027-12-01", "2027-12-14", "2027-11-29", (11, 12)),
)
