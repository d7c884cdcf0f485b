"""Operators press everything on everything, twice: nobody is charged twice, and nobody before their time."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.operations.about import about
from domain.operations.discard import discard
from domain.operations.reconcile import reconcile
from domain.operations.refusals import Refused, Why, discard_refused, halts, requeue_refused
from domain.operations.requeue import requeue
from domain.payments import collect
from domain.refunds.ask import look
from domain.refunds.reserve import refund
from domain.work.drain import drain
from domain.work.wake import Work
from kit.clock import utc_now
from kit.money import Money
from models.operations import OperatorAct
from models.orders import Order
from models.payments import Allocation, Attempt, AttemptState, Payment, PlannedTry, Refund, RefundState, TryState
from models.work import Event
from tests import factory
from tests.payments.conftest import Shop, attempt_of, fresh

_LEFT = frozenset({Work.MAIL, Work.TICK, Work.ROLLUP, Work.IMPORT})
_ACTS = (requeue, discard, reconcile)
Row = tuple[Work, UUID]


class _Killed(BaseException):
    """The end of a worker's process."""


def _lost(shop: Shop, mode: str = "timeout_after") -> None:
    """From now on confirmations are not answered, and reads are not either."""
    shop.sandbox.control(fault={"mode": mode, "ends": "/confirm", "times": 1})
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_", "times": 2})


def _attempt(order: Order) -> Attempt:
    found: Attempt = Attempt.select().join(Payment).join(Allocation).where(Allocation.order == order).get()
    return found


def _pressed(shop: Shop, total: int, token: str = "pm_card_visa", lost: str = "") -> Attempt:
    card, order = shop.method(token), shop.order(total)
    if lost:
        _lost(shop, lost)
    made = attempt_of(shop.press(card, order))
    shop.sandbox.control(clear=True)
    return made


def _life(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> dict[str, Row]:
    """Work with money in every state that there is, each with its own amount."""
    shop.clock.set(datetime(2026, 11, 23, 14, 0, tzinfo=UTC))  # 9:00 in New York: the clock collects
    shop.sandbox.control(now=shop.clock.at.isoformat())
    rows: dict[str, Row] = {}
    for name, total, token, how in (
        ("captured", 1001, "pm_card_visa", ""),
        ("answer lost", 1002, "pm_card_visa", "timeout_after"),
        ("never heard", 1003, "pm_card_visa", "down"),
        ("at the bank", 1004, "pm_card_authenticationRequired", ""),
        ("declined", 1005, "pm_card_visa_chargeDeclined", ""),
        ("on its way", 1006, "pm_usBankAccount_processing", ""),
        ("in review", 1007, "pm_card_visa", "timeout_after"),
        ("sender died", 1008, "pm_card_visa", "timeout_after"),
    ):
        rows[name] = (Work.ATTEMPT, _pressed(shop, total, token, how).id)
    Attempt.update(state=AttemptState.REVIEW).where(Attempt.id == rows["in review"][1]).execute()
    Attempt.update(state=AttemptState.SENDING).where(Attempt.id == rows["sender died"][1]).execute()
    card, poor = shop.method(), shop.method("pm_card_visa_chargeDeclinedInsufficientFunds")
    terms, poor_terms = factory.consented(shop.customer, card), factory.consented(shop.customer, poor)
    lost, killed = (factory.automatic(shop.customer, card, terms, total) for total in (1009, 1010))
    _lost(shop)
    collect.collect_due(lost.id)
    shop.sandbox.control(clear=True)
    with monkeypatch.context() as patched, pytest.raises(_Killed):
        patched.setattr(collect, "ask", _die)
        collect.collect_due(killed.id)
    collect.collect_due(factory.automatic(shop.customer, poor, poor_terms, 1011).id)
    shop.sandbox.control(behave=[{"method": poor.gateway_ref, "as": "approve"}])
    due = factory.automatic(shop.customer, card, terms, 1012)
    rows |= {
        "collected, answer lost": (Work.COLLECT, lost.id),
        "reserved": (Work.ATTEMPT, _attempt(killed).id),
        "retry tomorrow": (Work.RETRY, PlannedTry.get(PlannedTry.state == TryState.PLANNED).id),
        "to collect": (Work.COLLECT, due.id),
        "account": (Work.WAVE, factory.gateway_account(shop.customer.merchant).id),
    }
    return rows


def _die(*_row: object, **_more: object) -> None:
    raise _Killed


def _press_everything(rows: dict[str, Row]) -> Counter[str]:
    """Each act on each row, twice."""
    told: Counter[str] = Counter()
    for name, (kind, row) in rows.items():
        for use in _ACTS * 2:
            wish: dict[str, Any] = {"reason": "a test", "staff": None, "handle": uuid4()}
            try:
                use(kind=kind, row=row, **wish)
                told[f"{use.__name__} {name}"] += 1
            except Refused as refused:
                told[f"{use.__name__} {name}: {refused.why}"] += 1
    return told


def _taken(shop: Shop) -> Counter[int]:
    return Counter(charge["amount"] for charge in shop.sandbox.charges() if charge["status"] == "succeeded")


EXPECTED: dict[str, tuple[Why | None, Why | None]] = {  # of a requeue, of a discard
    "captured": (Why.DONE, None),
    "answer lost": (Why.MAY_HAVE_MOVED, Why.MAY_HAVE_MOVED),
    "never heard": (Why.MAY_HAVE_MOVED, Why.MAY_HAVE_MOVED),
    "at the bank": (Why.MAY_HAVE_MOVED, Why.MAY_HAVE_MOVED),
    "declined": (Why.DONE, None),
    "on its way": (Why.MAY_HAVE_MOVED, Why.MAY_HAVE_MOVED),
    "in review": (Why.MAY_HAVE_MOVED, Why.MAY_HAVE_MOVED),
    "sender died": (Why.MAY_HAVE_MOVED, Why.MAY_HAVE_MOVED),
    "collected, answer lost": (Why.MAY_HAVE_MOVED, Why.MAY_HAVE_MOVED),
    "reserved": (Why.NOT_YET, Why.MONEY),
    "retry tomorrow": (Why.NOT_YET, Why.MONEY),
    "to collect": (None, Why.MONEY),
    "account": (Why.MAY_HAVE_MOVED, Why.MAY_HAVE_MOVED),
}


def test_case_79_no_act_charges_a_second_time_or_too_early(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _life(shop, monkeypatch)
    now = utc_now()
    found = {name: about(*row) for name, row in rows.items()}
    judged = {name: (requeue_refused(one, now, halts(now)), discard_refused(one, now)) for name, one in found.items()}
    assert judged == EXPECTED
    before = _taken(shop)
    told = _press_everything(rows)
    assert (told["reconcile captured"], told["reconcile reserved: not_sent"]) == (2, 2), "asking is always harmless"
    shop.pass_time(seconds=61)  # leases have ended; what was reserved is nobody's any more
    _press_everything(rows)
    assert _taken(shop) == before, "an act only hints and asks: by itself it charges nobody"
    for _round in range(3):
        drain(leave=_LEFT)
        _press_everything(rows)
        shop.pass_time(minutes=5)
    assert set(_taken(shop).values()) == {1} and 1011 not in _taken(shop), "its time is tomorrow"
    for _round in range(4):
        shop.pass_time(hours=12)
        drain(leave=_LEFT)
        _press_everything(rows)
    taken = _taken(shop)
    assert set(taken.values()) == {1}
    assert {1001, 1002, 1007, 1008, 1009, 1010, 1011, 1012} <= set(taken), "nothing was forgotten either"
    assert {fresh(order).open for order in Order.select() if order.total in taken} == {0}
    assert OperatorAct.select().count() == Event.select().where(Event.kind.startswith("operation.")).count()


@pytest.mark.parametrize("mode", ["timeout_before", "timeout_after"])
def test_a_refund_whose_answer_was_lost_is_asked_about_and_made_once(shop: Shop, mode: str) -> None:
    paid = shop.press(shop.method(), shop.order(5000))
    made = refund(merchant=shop.customer.merchant_id, payment=paid, amount=Money(2000, "USD"))
    assert requeue_refused(about(Work.REFUND, made), utc_now(), halts(utc_now())) is None, "nobody was asked for it yet"
    shop.sandbox.control(fault={"mode": mode, "path": "/v1/refunds", "times": 1})
    look(made)
    shop.sandbox.control(clear=True)
    assert requeue_refused(about(Work.REFUND, made), utc_now(), halts(utc_now())) is Why.MAY_HAVE_MOVED
    for _round in range(3):
        _press_everything({"refund": (Work.REFUND, made)})
        drain(leave=_LEFT)
        shop.pass_time(minutes=5)
    assert Refund.get_by_id(made).state == RefundState.SUCCEEDED
    assert shop.sandbox.charges()[0]["amount_refunded"] == 2000
