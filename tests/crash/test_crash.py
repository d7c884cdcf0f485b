"""`make crash` in small: real processes, killed under load, on PostgreSQL. The long runs are made by hand."""

from __future__ import annotations

import pytest

from tests.crash.run import crash

pytestmark = pytest.mark.slow


def test_nothing_is_lost_or_charged_twice_while_everything_is_killed() -> None:
    report = crash(seconds=20, every=1.2, store="postgres", seed=7)
    shown = "\n".join(report.lines())
    assert report.wrong == [], shown
    assert report.left == 0
    assert sum(report.dealt.values()) >= 8, shown
    assert report.charges >= 5 and report.told["presses"] >= 10 and report.told["mails"] >= 5, shown
