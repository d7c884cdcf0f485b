"""The anchor day is kept through short months and leap years."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.mail.quiet import by_day
from domain.orders.terms import collect_moment
from domain.schedules.dates import is_rare, keeps_anchor, next_run, run_from
from domain.schedules.terms import made_at
from kit.calendar import is_banking_day, local_day
from models.methods import Cadence


def _runs(first: date, count: int, cadence: Cadence, anchor: int, every: int = 1) -> list[date]:
    runs = [first]
    for _ in range(count):
        runs.append(next_run(runs[-1], cadence=cadence, every=every, anchor_day=anchor))
    return runs


def test_case_63_an_anchor_on_the_31st_comes_back_after_february() -> None:
    days = [run.isoformat() for run in _runs(date(2027, 1, 31), 3, Cadence.MONTH, 31)]
    assert days == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]


def test_case_64_a_leap_day_comes_back_every_four_years() -> None:
    days = [run.isoformat() for run in _runs(date(2028, 2, 29), 4, Cadence.YEAR, 29)]
    assert days == ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


def test_every_third_month_crosses_the_year() -> None:
    assert _runs(date(2026, 11, 15), 1, Cadence.MONTH, 15, every=3)[-1] == date(2027, 2, 15)


def test_days_and_weeks_count_on() -> None:
    assert next_run(date(2026, 12, 30), cadence=Cadence.WEEK, every=2, anchor_day=30) == date(2027, 1, 13)
    assert next_run(date(2026, 12, 31), cadence=Cadence.DAY, every=1, anchor_day=31) == date(2027, 1, 1)


def test_never_every_zero() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        next_run(date(2026, 1, 1), cadence=Cadence.DAY, every=0, anchor_day=1)


_rhythms = st.tuples(
    st.sampled_from(list(Cadence)),
    st.integers(1, 24),
    st.dates(date(2024, 1, 1), date(2032, 12, 31)),
    st.integers(0, 3),
)


def _anchored(cadence: Cadence, first: date, more: int) -> int:
    """An anchor that the first day keeps: its own, or on the last of a short month up to three days more."""
    wider = min(first.day + more, 31)
    return wider if keeps_anchor(first, cadence=cadence, anchor_day=wider) else first.day


@given(_rhythms)
def test_runs_go_up_keep_the_anchor_and_never_skip_a_month(rhythm: tuple[Cadence, int, date, int]) -> None:
    cadence, every, first, more = rhythm
    anchor = _anchored(cadence, first, more)
    runs = _runs(first, 30, cadence, anchor, every)
    for before, run in pairwise(runs):
        assert before < run and keeps_anchor(run, cadence=cadence, anchor_day=anchor)
        apart = (run.year - before.year) * 12 + run.month - before.month
        if cadence == Cadence.MONTH:
            assert apart == every
        elif cadence == Cadence.YEAR:
            assert apart == 12 * every and run.month == first.month
        else:
            assert (run - before).days == every * (7 if cadence == Cadence.WEEK else 1)


@given(_rhythms, st.integers(1, 15))
def test_the_kth_run_does_not_depend_on_where_one_starts_to_count(
    rhythm: tuple[Cadence, int, date, int], k: int
) -> None:
    cadence, every, first, more = rhythm
    anchor = _anchored(cadence, first, more)
    runs = _runs(first, 2 * k, cadence, anchor, every)
    assert _runs(runs[k], k, cadence, anchor, every)[-1] == runs[-1]
    for day in (runs[k], runs[k - 1] + timedelta(days=1)):
        assert run_from(day, run=first, cadence=cadence, every=every, anchor_day=anchor) == runs[k]


_ZONES = ("America/New_York", "America/St_Johns", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Tokyo")


@given(
    st.dates(date(2025, 1, 1), date(2030, 12, 31)),
    st.sampled_from(_ZONES),
    st.integers(0, 30),
    st.integers(0, 23),
    st.integers(0, 23),
)
def test_an_order_is_made_by_day_ahead_of_its_collection_and_later_runs_later(
    day: date, zone: str, ahead: int, hour: int, collect_hour: int
) -> None:
    rule = {"ahead": ahead, "hour": hour, "collect_hour": collect_hour, "zone": zone}
    made, collected = made_at(day, **rule), collect_moment(day, hour=collect_hour, zone=zone, bank=False, today=day)
    assert made <= collected and local_day(collected, zone) == day
    assert made < made_at(day + timedelta(days=1), **rule)
    if ahead:
        assert by_day(made, zone) == made, "no letter has to wait for the morning"
        assert local_day(made, zone) == day - timedelta(days=ahead)


@given(st.dates(date(2025, 1, 1), date(2030, 12, 31)), st.sampled_from(_ZONES), st.integers(0, 23))
def test_case_69_a_debit_is_asked_for_on_the_first_banking_day_that_is_left(day: date, zone: str, hour: int) -> None:
    for today in (day - timedelta(days=3), day + timedelta(days=8)):
        moment = collect_moment(day, hour=hour, zone=zone, bank=True, today=today)
        asked = local_day(moment, zone)
        assert is_banking_day(asked) and asked >= max(day, today)
        assert not any(
            is_banking_day(max(day, today) + timedelta(days=n)) for n in range((asked - max(day, today)).days)
        )


def test_an_hour_that_daylight_saving_skips_or_doubles_is_defined() -> None:
    def at(day: date, hour: int) -> str:
        return collect_moment(day, hour=hour, zone="America/New_York", bank=False, today=day).isoformat()

    assert at(date(2027, 3, 14), 2) == "2027-03-14T07:00:00+00:00", "2:00 does not exist: it is 3:00 by the wall"
    assert at(date(2027, 11, 7), 1) == "2027-11-07T05:00:00+00:00", "1:00 comes twice: it is the first"
    assert at(date(2027, 3, 13), 9) == "2027-03-13T14:00:00+00:00"
    assert at(date(2027, 3, 14), 9) == "2027-03-14T13:00:00+00:00", "9:00 stays 9:00"


def test_far_apart_is_sixty_days_and_more() -> None:
    def rare(cadence: Cadence, every: int) -> bool:
        return is_rare(cadence=cadence, every=every)

    assert [rare(Cadence.DAY, 59), rare(Cadence.DAY, 60), rare(Cadence.WEEK, 8), rare(Cadence.WEEK, 9)] == [
        False,
        True,
        False,
        True,
    ]
    assert [rare(Cadence.MONTH, 1), rare(Cadence.MONTH, 2), rare(Cadence.YEAR, 1)] == [False, True, True]
