"""The demo: the same for the same day, whole, and true to the bank's own list."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from typing import Any

import pytest
from peewee import fn

from domain.demo.logins import Role, as_json, logins
from domain.demo.make import begins_at
from domain.ledger.invariants import check
from domain.orders.owed import Standing, outstanding
from kit import clock
from kit.config import settings
from models import base
from models.customers import Account, Customer
from models.merchants import Merchant, Staff
from models.methods import BillingSchedule
from models.orders import Order, OrderLine
from models.payments import (
    Attempt,
    AttemptState,
    Dispute,
    Payment,
    PlannedTry,
    Promise,
    Recovery,
    Refund,
    TryState,
)
from models.schedules import ScheduleRun
from models.work import Mail, MailState
from sandbox.stage import Stage
from tests.demo.conftest import LAST_DAY, Kept

NOW = begins_at(LAST_DAY)


def _visible(kept: Kept) -> dict[str, list[tuple[Any, ...]]]:
    """What people see of a demo, without ids, receipt numbers and passwords."""
    base.configure(kept.url)
    with base.connected():
        return {
            "merchants": list(Merchant.select(Merchant.slug, Merchant.zone, Merchant.next_order).order_by(1).tuples()),
            "customers": list(
                Customer.select(Customer.reference, Customer.name, Customer.email, Customer.created_at)
                .order_by(Customer.email)
                .tuples()
            ),
            "accounts": list(
                Account.select(Account.email, Account.confirmed_at, Account.signed_in_at).order_by(1).tuples()
            ),
            "orders": list(
                Order.select(Order.number, Order.title, Order.total, Order.open, Order.due_on, Order.placed_at)
                .order_by(Order.number)
                .tuples()
            ),
            "lines": list(
                OrderLine.select(OrderLine.title, fn.COUNT(OrderLine.id)).group_by(OrderLine.title).order_by(1).tuples()
            ),
            "attempts": list(
                Attempt.select(Attempt.amount, Attempt.state, Attempt.decline_code, Attempt.closed_at)
                .order_by(Attempt.reserved_at, Attempt.amount, Attempt.currency)
                .tuples()
            ),
            "recoveries": list(
                Recovery.select(Recovery.opened_at, Recovery.closed_at, Recovery.state, Recovery.by)
                .order_by(Recovery.opened_at, Recovery.amount)
                .tuples()
            ),
            "tries": list(PlannedTry.select(PlannedTry.due_at, PlannedTry.state).order_by(1, 2).tuples()),
            "schedules": list(
                BillingSchedule.select(BillingSchedule.title, BillingSchedule.next_on, BillingSchedule.amount)
                .order_by(1, 2, 3)
                .tuples()
            ),
            "mails": list(
                Mail.select(Mail.template, Mail.to_address, Mail.created_at, Mail.state).order_by(1, 2, 3).tuples()
            ),
        }


@pytest.mark.slow
def test_the_same_day_gives_the_same_demo(made: Callable[[str], Kept]) -> None:
    one, other = _visible(made("one")), _visible(made("two"))
    assert one["orders"] and one["attempts"] and one["recoveries"]
    for what, rows in one.items():
        assert rows == other[what], what


def test_the_books_are_in_order(demo: Stage) -> None:
    with clock.stopped(NOW):
        assert check() == []


def test_the_bank_tells_the_same(demo: Stage) -> None:
    """Every charge that the bank took is one attempt of ours over the same amount, and the other way round."""
    theirs = {
        charge["metadata"]["settle_attempt"]: (charge["amount"], charge["currency"].upper())
        for charge in demo.charges()
        if charge["status"] == "succeeded"
    }
    ours = {
        str(attempt.id): (attempt.amount, attempt.currency)
        for attempt in Attempt.select().where(Attempt.state == AttemptState.SUCCEEDED)
    }
    assert ours and ours == theirs


def test_three_trades_with_a_past_of_their_own(demo: Stage) -> None:
    merchants = {row.slug: row for row in Merchant.select()}
    assert {row.currency for row in merchants.values()} == {"USD", "JPY", "EUR"}
    assert len({row.zone for row in merchants.values()}) == 3
    for row in merchants.values():
        days = [order.placed_at.date() for order in row.orders]
        assert (max(days) - min(days)).days > 300
        assert {recovery.state.value for recovery in row.recoveries} >= {
            "open",
            "exhausted",
            "recovered",
        } or row.slug != "harbor-yoga"


def test_a_year_has_something_of_everything(demo: Stage) -> None:
    """What the product can do has happened at least once, in a demo of any size."""

    def had(column: Any, where: Any = True) -> set[str]:
        return {str(value) for (value,) in column.model.select(column).where(where).tuples()}

    assert had(Recovery.by) >= {"retry", "customer"}
    assert had(PlannedTry.rule, PlannedTry.state == TryState.MADE) >= {"policy", "backup"}
    assert had(Promise.state) == {"kept", "broken", "open"}
    assert had(Dispute.kind) == {"card", "bank_return"}
    assert had(Payment.external, Payment.external.is_null(False)) <= {"cheque", "transfer"}
    assert Payment.select().where(Payment.external.is_null(False)).exists()
    assert had(BillingSchedule.state) >= {"active", "paused"}
    assert had(BillingSchedule.cadence) == {"month", "year"}
    assert had(ScheduleRun.state) == {"made", "skipped"}
    assert had(Refund.state) == {"succeeded"}
    whole = Refund.select().join(Payment).where(Refund.amount == Payment.amount).count()
    assert 0 < whole < Refund.select().count(), "some in full, some in part"
    assert {"bank_debit_on_its_way", "before_charge", "schedule_changed"} <= had(Mail.template)


def test_everybody_lives_at_an_address_of_nobody(demo: Stage) -> None:
    addresses = [row.email for row in (*Customer.select(), *Account.select(), *Staff.select())]
    assert addresses
    assert [a for a in addresses if not a.endswith(("@example.com", "@example.org"))] == []


def test_the_stories_are_true(demo: Stage) -> None:
    with clock.stopped(NOW):
        views = {
            one.key: outstanding(Customer.get(Customer.email == one.email).id)
            for one in logins()
            if one.slug and one.role in (Role.CUSTOMER, Role.PROSPECT)
        }
    alex = views["harbor-yoga:declined"]
    assert [view.standing for view in alex] == [Standing.OWED, Standing.OWED]
    assert alex[0].failure is not None and alex[0].failure.at.date() == LAST_DAY
    assert alex[0].failure.next_try is not None and alex[0].failure.next_try > NOW
    assert [view.standing for view in views["harbor-yoga:debit-pending"]] == [Standing.UNDER_WAY]
    assert views["harbor-yoga:exhausted"][0].failure.exhausted  # type: ignore[union-attr]
    assert views["harbor-yoga:confirm"][0].failure.code == "authentication_required"  # type: ignore[union-attr]
    assert [view.standing for view in views["harbor-yoga:no-account"]] == [Standing.OWED, Standing.COMING]
    assert [view.standing for view in views["harbor-yoga:returned"]] == [Standing.OWED]
    assert not views["harbor-yoga:returned"][0].automatic
    assert views["harbor-yoga:promised"][0].failure.next_try is None  # type: ignore[union-attr]
    felix = Customer.get(Customer.name == "Felix Otto")
    assert Order.select().where(Order.customer == felix, Order.disputed).count() == 1
    for slug in ("harbor-yoga", "kumo-coffee", "lindenhof-bikes"):
        assert not [view for view in views[f"{slug}:paid"] if view.standing is Standing.OWED]
        assert sum(view.standing is Standing.OWED for view in views[f"{slug}:declined"]) == 2
        prospect = next(one for one in logins() if one.key == f"{slug}:no-account")
        assert not Account.select().where(Account.email == prospect.email).exists()


def test_letters_of_the_past_stay_there(demo: Stage) -> None:
    """Only the last day's letters are still to go, so that the inbox has something to show and nothing floods it."""
    due = list(Mail.select().where(Mail.state == MailState.DUE))
    assert due and all((NOW - mail.created_at).days < 1 for mail in due)
    past = Mail.select().where(Mail.state == MailState.SENT)
    assert past.count() > 50 and {mail.result for mail in past} == {"demo past"}


def test_passwords_are_kept_for_the_owner_of_the_folder_only(demo: Stage) -> None:
    path = settings().data_dir / "demo-logins.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    passwords = [one.password for one in logins() if one.password]
    assert len(set(passwords)) == len(passwords) > 15
    stored = (settings().data_dir / "settle.db").read_bytes()
    assert not [secret for secret in passwords if secret.encode() in stored]


def test_the_sign_ins_as_json(demo: Stage) -> None:
    rows = json.loads(as_json())
    first = rows[0]
    assert (first["role"], first["email"]) == ("customer", "alex.morgan@example.com")
    assert first["url"] == "http://127.0.0.1:18050/p/harbor-yoga/sign-in"
    assert {row["role"] for row in rows} == {"customer", "merchant", "operator", "prospect"}
    assert all(row["password"] or row["role"] == "prospect" for row in rows)


def test_each_payment_names_what_it_was_for(demo: Stage) -> None:
    assert Payment.select().where(Payment.amount <= 0).count() == 0
    assert Order.select().where(Order.open < 0).count() == 0
