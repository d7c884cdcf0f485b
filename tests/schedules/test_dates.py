"""The anchor day is kept through short months and leap years."""

from datetime import date

import pytest

from domain.schedules.dates import next_run
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
