"""A bank asks before it disputes: nothing is taken, and nothing is booked until it is."""

from __future__ import annotations

import json
from importlib import import_module

import pytest

from domain.disputes.record import hint
from domain.ledger.invariants import check
from domain.mail.letter import Envelope, Letter
from domain.merchants.facts import facts_of
from kit.i18n import speaking
from kit.money import Money
from models.ledger import Journal, Posting
from models.payments import Dispute, DisputeState, RefundState
from models.work import Event, Mail
from tests.disputes.conftest import complain, decide_at_network
from tests.payments.conftest import fresh
from tests.refunds.conftest import Counter, one_store, sums

ASKS = "warning_needs_response"


def _told(counter: Counter, ref: str) -> Dispute:
    assert hint(counter.account.id, ref)
    assert check() == []
    row: Dispute = Dispute.get(Dispute.gateway_ref == ref)
    return row


def _booked(row: Dispute) -> set[str]:
    return {each.kind for each in Journal.select().where(Journal.source == str(row.id))}


def _at_gateway(counter: Counter) -> int:
    mine = Posting.account == f"gateway:{counter.account.id}"
    return sum(row.amount for row in Posting.select().where(mine))


def _letters() -> list[Letter]:
    found = []
    for mail in Mail.select().where(Mail.template == "dispute").order_by(Mail.created_at, Mail.id):
        house = facts_of(mail.merchant)
        envelope = Envelope(json.loads(mail.facts), mail.to_address, mail.to_name, house)
        with speaking(zone=house.zone, locale=house.locale):
            found.append(import_module("domain.mail.messages.dispute").build(envelope))
    return found


def test_an_inquiry_moves_no_money_is_told_and_may_be_refunded(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    ref = complain(counter, payment, status=ASKS)
    row = _told(counter, ref)
    _told(counter, ref)
    assert (row.state, _booked(row), fresh(order).disputed) == (DisputeState.INQUIRY, set(), False)
    assert _at_gateway(counter) == 8900 and Event.select().where(Event.kind == "dispute.inquiry").count() == 1
    (letter,) = _letters()
    assert letter.subject == "A bank asks about a payment of $89.00" and "Answer by" in dict(letter.rows)
    assert "not taken any money back" in letter.first[0]
    assert counter.refund(payment, 8900).state == RefundState.SUCCEEDED and sums(order) == (0, 8900, 0)
    decide_at_network(counter, ref, "warning_closed")
    row = _told(counter, ref)
    _told(counter, ref)
    assert (row.state, _booked(row)) == (DisputeState.CLOSED, set()) and row.closed_at is not None
    assert [letter.subject for letter in _letters()][1:] == ["The bank's question about $89.00 is closed"]


def test_the_first_status_that_is_no_inquiry_opens_the_dispute(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    ref = complain(counter, payment, status=ASKS)
    _told(counter, ref)
    stored = counter.shop.sandbox.world.store.get(ref)
    assert stored is not None
    stored.body["amount"] = 6000  # a part only, in the end
    counter.shop.sandbox.world.store.save(stored)
    decide_at_network(counter, ref, "needs_response")
    row = _told(counter, ref)
    assert (row.state, row.amount, _booked(row)) == (DisputeState.OPEN, 6000, {"dispute"})
    assert _at_gateway(counter) == 2900 and fresh(order).disputed
    decide_at_network(counter, ref, "warning_under_review")  # a read that was slow
    assert _told(counter, ref).state == DisputeState.OPEN
    decide_at_network(counter, ref, "won")
    row = _told(counter, ref)
    assert (row.state, _booked(row)) == (DisputeState.WON, {"dispute", "dispute_won"}) and not fresh(order).disputed


@one_store
@pytest.mark.parametrize(
    ("seen", "state", "booked"),
    [
        (["lost"], DisputeState.LOST, {"dispute"}),
        (["won"], DisputeState.WON, {"dispute", "dispute_won"}),
        (["warning_closed", ASKS], DisputeState.CLOSED, set()),
        (["warning_closed", "needs_response"], DisputeState.OPEN, {"dispute"}),
        (["needs_response", "warning_closed"], DisputeState.WON, {"dispute", "dispute_won"}),
        (["lost", "warning_closed"], DisputeState.WON, {"dispute", "dispute_won"}),
    ],
)
@pytest.mark.parametrize("told", [True, False])
def test_whatever_comes_after_an_inquiry_is_booked_once(
    counter: Counter, told: bool, seen: list[str], state: DisputeState, booked: set[str]
) -> None:
    order = counter.shop.order(8900)
    ref = complain(counter, counter.paid(order), status=ASKS)
    if told:
        _told(counter, ref)
    for status in seen:
        decide_at_network(counter, ref, status)
        row = _told(counter, ref)
        assert _told(counter, ref) == row
    assert (row.state, _booked(row)) == (state, booked)
    assert fresh(order).disputed is (state in (DisputeState.OPEN, DisputeState.LOST))
    assert _at_gateway(counter) == (0 if fresh(order).disputed else 8900)


@one_store
def test_one_that_we_hear_of_when_it_is_over_writes_no_letter(counter: Counter) -> None:
    ref = complain(counter, counter.paid(counter.shop.order(8900)), status=ASKS)
    decide_at_network(counter, ref, "warning_closed")
    row = _told(counter, ref)
    assert (row.state, _booked(row), _letters()) == (DisputeState.CLOSED, set(), [])
    assert Money(row.amount, row.currency) == Money(8900, "USD")
