"""`manage.py status`: the overview's truth on a terminal, with Redis down, with the store away, and its exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.operations import kept, stops
from domain.work import rounds
from kit import config
from kit.clock import Stopped, utc_now
from manage import main
from models import base
from models.base import unit_of_work
from models.operations import Alarm
from models.orders import Order
from models.work import Tick
from tests import factory


@pytest.fixture
def install(sqlite_store: str, clock: Stopped, settings: config.Settings) -> Stopped:
    """An install whose clock goes round, whose Redis is away."""
    kept.forget()
    stops.forget()
    config.use(replace(settings, database_url=sqlite_store))
    rounds.note(utc_now())
    at = utc_now() - timedelta(hours=2)
    with unit_of_work():
        Tick.create(name="check-invariants", due_at=at, done_at=at, result="all hold")
    return clock


def test_well_is_zero_and_fits_a_narrow_terminal(install: Stopped, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert max(map(len, said)) <= 80
    assert said[0].startswith("2026-11-23 12:00:00 UTC")
    assert " ! Ours: Redis does not answer; the clock does what is due by itself" in said
    headings = {"ALARMS", "DUE IN THE STORE", "QUEUES", "WORKERS", "GATEWAY, LAST 10 MINUTES", "CLOCK", "HEALTH"}
    assert headings | {"SAFE TO RESTART?"} <= set(said)
    assert "nothing is due" in said


def test_late_work_is_one_and_says_for_how_many(install: Stopped, capsys: pytest.CaptureFixture[str]) -> None:
    customer = factory.customer(factory.merchant("harbor"))
    for _n in range(2):
        Order.update(collect_at=utc_now()).where(Order.id == factory.order(customer).id).execute()
    factory.merchant("kiln")
    install.advance(timedelta(minutes=72))
    rounds.note(utc_now())
    assert main(["status"]) == 1
    said = capsys.readouterr().out
    assert "!! Ours: 2 rows are late, the oldest by 1 h 12 min; 1 customer waits" in said
    assert "collect     2  1 h 12 min   late" in said
    assert main(["status", "--merchant", "kiln"]) == 0
    assert "Harbor Yoga" in capsys.readouterr().out.splitlines()[0]
    assert main(["status", "--merchant", "nobody"]) == 2
    assert "There is no merchant at 'nobody'." in capsys.readouterr().err


def test_an_open_alarm_is_one_and_a_program_reads_the_same(
    install: Stopped, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--json"]) == 0
    assert not json.loads(capsys.readouterr().out)["bad"]
    with unit_of_work():
        Alarm.create(rule="disk_low", opened_at=utc_now(), seen_at=utc_now(), value=3, bound=10)
    assert main(["status", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["bad"], told["reachable"], told["safe_to_restart"], told["unknown"]["asked"]) == (True, False, None, 0)
    assert {line["whose"] for line in told["verdict"]} == {"ours"}
    assert [alarm["rule"] for alarm in told["alarms"]] == ["disk_low"]
    assert main(["status"]) == 1
    assert " 12:00 " in capsys.readouterr().out


def test_a_store_that_is_away_or_behind_is_one_sentence(
    install: Stopped, settings: config.Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base.db.close()
    for url, sentence in (
        (f"sqlite:///{tmp_path}/no/such/folder.db", "The store at DATABASE_URL does not answer: unable to open"),
        (f"sqlite:///{tmp_path}/empty.db", "The store is behind this version by 0001_foundation, "),
    ):
        config.use(replace(settings, database_url=url))
        assert main(["status"]) == 1
        (said,) = capsys.readouterr().out.splitlines()
        assert said.startswith(sentence)
