"""When volunteers are told: the ledger's table, closed days, short deliveries, zones and nights (ledger 7.5)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.reminders import Round, evening_of, last_day_of, morning_of, open_moment, round_days
from procedures.working_days import Base, WorkingDays

CAL_A = WorkingDays()
ZONES = [ZoneInfo(name) for name in ("America/Mexico_City", "America/Tijuana", "America/Mazatlan")]
DATES = st.dates(date(2026, 1, 1), date(2035, 12, 31))


def on(t0: str, t1: str, days: WorkingDays = CAL_A) -> dict[str, str]:
    found = round_days(date.fromisoformat(t0), date.fromisoformat(t1), days)
    return {name.value: day.isoformat() for name, day in found.items()}


def test_the_table_of_2027_b1():
    assert on("2027-03-01", "2027-03-12") == {
        "RV-1": "2027-02-24",
        "RV-2": "2027-03-01",
        "RV-3": "2027-03-09",
        "RV-4": "2027-03-12",
    }


@pytest.mark.parametrize(
    ("t0", "t1", "expected"),
    [
        pytest.param("2027-03-06", "2027-03-20", ["03-03", "03-05", "03-17", "03-19"], id="begins-saturday"),
        pytest.param(
            "2027-03-08", "2027-03-18", ["03-03", "03-08", "03-12", "03-18"], id="t1-3-is-a-holiday"
        ),
        pytest.param("2027-03-01", "2027-03-03", ["02-24", "03-01", "03-03"], id="three-days"),
        pytest.param("2027-03-01", "2027-03-01", ["02-24", "03-01"], id="one-day"),
        pytest.param("2027-03-02", "2027-03-06", ["02-25", "03-02", "03-03", "03-05"], id="ends-saturday"),
    ],
)
def test_closed_days_and_short_deliveries(t0, t1, expected):
    assert [day[5:] for day in on(t0, t1).values()] == expected


@pytest.mark.parametrize("base", list(Base))
@given(t0=DATES, length=st.integers(0, 60))
def test_every_notice_falls_on_a_working_day_after_the_one_before_and_never_after_the_end(base, t0, length):
    days = WorkingDays(base=base)
    t1 = t0 + timedelta(days=length)

    found = list(round_days(t0, t1, days).values())

    assert found == sorted(set(found))
    assert all(days.is_working_day(day) for day in found)
    assert all(day <= t1 for day in found)
    assert next(iter(round_days(t0, t1, days))) is Round.FIRST


@given(t0=DATES, length=st.integers(0, 60))
def test_one_notice_gives_way_to_the_next(t0, length):
    t1 = t0 + timedelta(days=length)
    found = round_days(t0, t1, CAL_A)

    ends = [last_day_of(name, found, t1) for name in found]

    assert all(day <= end for day, end in zip(found.values(), ends, strict=True))
    assert all(end < later for end, later in zip(ends, list(found.values())[1:], strict=False))
    assert ends[-1] == t1


@given(
    instant=st.datetimes(datetime(2026, 1, 1), datetime(2035, 12, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
)
def test_nothing_leaves_at_night_nor_on_a_closed_day_nor_later_than_need_be(instant, zone):
    found = open_moment(instant, zone, CAL_A).astimezone(zone)

    assert found >= instant
    assert time(8) <= found.time() < time(20)
    assert CAL_A.is_working_day(found.date())
    assert open_moment(found, zone, CAL_A) == found
    assert found == instant or found == morning_of(found.date(), zone)


def test_ac_41_nothing_leaves_at_ten_in_the_night_of_the_reader():
    tijuana = ZoneInfo("America/Tijuana")
    ten_at_night = datetime(2027, 3, 9, 22, tzinfo=tijuana)
    seven_in_the_evening = datetime(2027, 3, 9, 19, tzinfo=tijuana)

    assert open_moment(ten_at_night, tijuana, CAL_A) == datetime(2027, 3, 10, 9, tzinfo=tijuana)
    assert open_moment(seven_in_the_evening, tijuana, CAL_A) == seven_in_the_evening
    assert evening_of(date(2027, 3, 9), tijuana) == datetime(2027, 3, 9, 20, tzinfo=tijuana)


def test_nine_in_the_morning_is_that_of_the_reader():
    nine = {zone.key: morning_of(date(2027, 3, 9), zone).astimezone(UTC).hour for zone in ZONES}

    assert nine == {"America/Mexico_City": 15, "America/Tijuana": 17, "America/Mazatlan": 16}
