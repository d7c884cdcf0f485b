"""Importing schedules: once by reference, from today on, by hand until consent; and every refusal says why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import structlog

import manage
from domain.imports.schedules import Done, import_schedules
from domain.schedules.run import run_due
from kit.errors import DomainError
from models.methods import BillingSchedule, Cadence
from models.orders import Collect, Order
from models.work import Event
from tests import factory

HEAD = "Subscription ID,Customer,E-mail,Title,Amount,Cadence,Every,First date,Anchor,End\n"


@pytest.fixture(autouse=True)
def _people(sqlite_store: str, clock: object) -> Iterator[None]:
    shop = factory.merchant("harbor")
    ann = factory.customer(shop, email="ann@example.com")
    type(ann).update(reference="C-1").execute()
    factory.customer(shop, email="bo@example.com")
    yield
    structlog.reset_defaults()


def _bring(tmp_path: Path, rows: str, **more: object) -> Done:
    path = tmp_path / "schedules.csv"
    path.write_text(HEAD + rows)
    return import_schedules(path=path, merchant="harbor", **more)


def test_schedules_come_in_once_and_bill_from_today_on_by_hand(tmp_path: Path) -> None:
    rows = (
        "S1,C-1,,Membership,89.00,monthly,1,2026-01-31,31,\n"
        'S2,,BO@example.com,Insurance,"1,200.00",annual,,2028-02-29,,2040-01-01\n'
        "S3,C-1,,Coaching,45,weekly,2,2026-11-25,,10\n"
        "S4,C-1,,Rent,500,quarterly,,2026-08-23,,\n"
    )
    done = _bring(tmp_path, rows)
    assert (done.rows, done.made, done.there, done.refused) == (4, 4, 0, [])
    made = {row.reference: row for row in BillingSchedule.select()}
    assert (made["S1"].amount, made["S1"].next_on, made["S1"].anchor_day) == (8900, date(2026, 11, 30), 31)
    assert made["S1"].starts_on == date(2026, 1, 31)
    assert (made["S2"].cadence, made["S2"].amount, made["S2"].ends_on) == (Cadence.YEAR, 120000, date(2040, 1, 1))
    assert made["S2"].customer.email == "bo@example.com"
    assert (made["S3"].every, made["S3"].runs_left, made["S3"].next_on) == (2, 10, date(2026, 11, 25))
    assert (made["S4"].every, made["S4"].next_on) == (3, date(2026, 11, 23))
    again = _bring(tmp_path, rows)
    assert (again.made, again.there, BillingSchedule.select().count()) == (0, 4, 4)
    for row in made.values():
        run_due(row.id)
    assert {(order.collect, order.due_on) for order in Order.select()} == {
        (Collect.MANUAL, date(2026, 11, 25)),
        (Collect.MANUAL, date(2026, 11, 23)),
    }


def test_what_cannot_come_in_is_refused_with_a_sentence(tmp_path: Path) -> None:
    refused = _bring(
        tmp_path,
        ",C-1,,A,1,month,,2026-12-01,,\n"
        "S1,C-9,,A,1,month,,2026-12-01,,\n"
        "S2,,,A,1,month,,2026-12-01,,\n"
        'S3,C-1,,A,"11,77",month,,2026-12-01,,\n'
        "S4,C-1,,A,1,fortnight,,2026-12-01,,\n"
        "S5,C-1,,A,1,month,,soon,,\n"
        "S6,C-1,,A,1,month,,2026-12-01,31,\n"
        "S7,C-1,,A,1,month,,2026-01-01,,2026-11-01\n"
        "S8,C-1,,,1,month,,2026-12-01,,\n"
        "S9,C-1,,A,1,month,x,2026-12-01,,\n"
        "S10,C-1,,A,1,month,,2026-12-01,,\n"
        "S10,C-1,,A,1,month,,2026-12-01,,\n",
    ).refused
    whys = [why for _line, why in refused]
    for n, said in enumerate(
        (
            "reference is empty",
            "no customer “C-9”",
            "neither customer_id nor email",
            "is not an amount",
            "“fortnight” is no cadence",
            "is not a date",
            "is not day 31",
            "would end before",
            "a title",
            "is not a number",
            "on line 12 already",
        )
    ):
        assert said in whys[n], (n, whys[n])
    assert BillingSchedule.select().count() == 1
    stolen = _bring(tmp_path, "S10,,bo@example.com,A,1,month,,2026-12-01,,\n")
    assert "another customer's" in stolen.refused[0][1]


def test_a_dry_run_and_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "S1,C-1,,Membership,89.00,monthly,1,2026-12-01,,\nS2,C-9,,A,1,month,,2026-12-01,,\n"
    events = Event.select().count()
    assert _bring(tmp_path, rows, dry_run=True).made == 1
    assert (BillingSchedule.select().count(), Event.select().count()) == (0, events)
    path = tmp_path / "schedules.csv"
    assert manage.main(["import-schedules", str(path), "--merchant", "harbor"]) == 0
    printed = capsys.readouterr().out
    assert "1 schedules made" in printed and "line 3: there is no customer “C-9”" in printed
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DomainError, match="No column for reference"):
        import_schedules(path=path, merchant="harbor")
