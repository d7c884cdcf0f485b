"""A card's dispute: opened, won, lost, in any order and as often as we are told."""

from __future__ import annotations

from datetime import date

import pytest

from domain.disputes.decide import decide
from domain.disputes.record import hint
from domain.orders.owed import Standing, outstanding
from domain.payments import intention
from domain.refunds.ask import look
from kit.errors import Conflict, DomainError, NotFound
from models.ledger import Journal, Posting
from models.orders import Collect
from models.payments import Dispute, DisputeState, LostAs, Payment, PaymentState, Receipt, Refund, RefundState
from models.work import Event, Mail
from tests import factory
from tests.disputes.conftest import complain, decide_at_network
from tests.payments.conftest import fresh
from tests.refunds.conftest import Counter, one_store, sums


def _balance(account: str) -> int:
    return sum(row.amount for row in Posting.select().where(Posting.account == account))


def _told(counter: Counter, ref: str) -> Dispute:
    assert hint(counter.account.id, ref)
    row: Dispute = Dispute.get(Dispute.gateway_ref == ref)
    return row


def _news() -> list[str]:
    rows = Mail.select().where(Mail.template == "dispute").order_by(Mail.created_at, Mail.id)
    return [row.dedup_key.rpartition(":")[2] for row in rows]


def test_an_open_dispute_keeps_the_order_paid_and_closed(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    ref = complain(counter, payment)
    row = _told(counter, ref)
    _told(counter, ref)
    assert row.state == DisputeState.OPEN and row.reason == "fraudulent" and row.answer_by is not None
    assert sums(order) == (8900, 0, 0) and fresh(order).disputed
    assert _balance(f"gateway:{counter.account.id}") == 0 and _balance(f"dispute:{payment}") == 8900
    assert _news() == ["opened"] and Mail.get(Mail.template == "dispute").to_address == "billing@example.com"


@one_store
def test_the_rest_of_a_disputed_order_cannot_be_paid(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    counter.refund(payment, 1000, still_owed=True)
    assert outstanding(counter.shop.customer.id)[0].standing == Standing.OWED
    _told(counter, complain(counter, payment))
    assert outstanding(counter.shop.customer.id)[0].standing == Standing.DISPUTED
    with pytest.raises(DomainError):
        intention.begin(buyer=counter.shop.buyer, orders=[order.id])


@one_store
def test_case_56_no_refund_while_a_dispute_is_open_or_lost_and_one_after_a_refund_is_flagged(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    counter.refund(payment, 1000)
    ref = complain(counter, payment)
    _told(counter, ref)
    flagged = Event.get(Event.kind == "dispute.opened")
    assert '"refunded_before": 1000' in flagged.facts
    with pytest.raises(DomainError, match="Wait for its decision"):
        counter.refund(payment, 100)
    decide_at_network(counter, ref, "lost")
    row = _told(counter, ref)
    with pytest.raises(DomainError, match="took this payment back already"):
        counter.refund(payment, 100)
    decide(merchant=counter.merchant, dispute=row.id, lost_as=LostAs.WRITE_OFF)
    with pytest.raises(DomainError, match="took this payment back already"):
        counter.refund(payment, 100)


@one_store
def test_a_refund_that_waits_while_a_dispute_comes_is_refused_by_the_gateway(counter: Counter) -> None:
    payment = counter.paid(counter.shop.order(8900))
    row = counter.refund(payment, 8900, send=False)
    ref = complain(counter, payment)
    look(row.id)
    assert fresh(row).state == RefundState.FAILED
    decide_at_network(counter, ref, "won")
    _told(counter, ref)
    assert counter.refund(payment, 8900).state == RefundState.SUCCEEDED  # a won dispute is over


def test_a_won_dispute_is_a_counter_entry(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    ref = complain(counter, payment)
    _told(counter, ref)
    decide_at_network(counter, ref, "won")
    assert _told(counter, ref).state == DisputeState.WON
    _told(counter, ref)
    assert not fresh(order).disputed and sums(order) == (8900, 0, 0)
    assert _balance(f"dispute:{payment}") == 0 and _balance(f"gateway:{counter.account.id}") == 8900
    assert _news() == ["opened", "won"]


@pytest.mark.parametrize("end", ["won", "lost"])
def test_a_dispute_that_we_hear_of_only_at_its_end(counter: Counter, end: str) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    ref = complain(counter, payment)
    decide_at_network(counter, ref, end)
    assert _told(counter, ref).state == DisputeState(end)
    assert fresh(order).disputed is (end == "lost")
    kinds = {row.kind for row in Journal.select().where(Journal.source == str(Dispute.get().id))}
    assert kinds == ({"dispute", "dispute_won"} if end == "won" else {"dispute"})


@one_store
def test_an_old_hint_does_not_open_it_again(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    ref = complain(counter, payment)
    decide_at_network(counter, ref, "won")
    row = _told(counter, ref)
    stored = counter.shop.sandbox.world.store.get(ref)
    assert stored is not None
    stored.body["status"] = "under_review"  # a read that was slow
    counter.shop.sandbox.world.store.save(stored)
    _told(counter, ref)
    assert fresh(row).state == DisputeState.WON and not fresh(order).disputed
    assert not Event.select().where(Event.kind == "dispute.needs_a_person").exists()


@one_store
def test_a_lost_dispute_that_is_written_off(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    ref = complain(counter, payment)
    decide_at_network(counter, ref, "lost")
    row = _told(counter, ref)
    assert _balance(f"dispute:{payment}") == 8900 and fresh(order).disputed
    for _twice in range(2):
        decide(merchant=counter.merchant, dispute=row.id, lost_as=LostAs.WRITE_OFF)
    assert _balance(f"dispute:{payment}") == 0 and _balance("write_off") == 8900
    assert sums(order) == (8900, 0, 0) and not fresh(order).disputed
    with pytest.raises(Conflict):
        decide(merchant=counter.merchant, dispute=row.id, lost_as=LostAs.REOPEN)


def test_a_lost_dispute_that_is_reopened_is_owed_again_by_hand(counter: Counter) -> None:
    method = counter.shop.method()
    under = factory.consented(counter.shop.customer, method)
    order = factory.automatic(counter.shop.customer, method, under, 8900)
    payment = counter.paid(order, method=method)
    ref = complain(counter, payment)
    decide_at_network(counter, ref, "lost")
    row = _told(counter, ref)
    decide(merchant=counter.merchant, dispute=row.id, lost_as=LostAs.REOPEN)
    assert sums(order) == (0, 0, 8900) and not fresh(order).disputed
    assert (fresh(order).collect, fresh(order).collect_at) == (Collect.MANUAL, None)
    assert Payment.get_by_id(payment).state == PaymentState.REVERSED
    assert Receipt.get(Receipt.payment == payment).reversed_at is not None
    assert [each.template for each in Mail.select().where(Mail.template == "returned")] == ["returned"]
    counter.paid(fresh(order), token="pm_card_mastercard")
    assert sums(order) == (8900, 0, 0)


@one_store
def test_a_dispute_about_a_part_reopens_that_part_newest_first(counter: Counter) -> None:
    old = counter.shop.order(4000, due=date(2026, 10, 1))
    new = counter.shop.order(5000, due=date(2026, 11, 1))
    payment = counter.paid(old, new)
    ref = complain(counter, payment, amount=6000)
    decide_at_network(counter, ref, "lost")
    decide(merchant=counter.merchant, dispute=_told(counter, ref).id, lost_as=LostAs.REOPEN)
    assert sums(new) == (0, 0, 5000) and sums(old) == (3000, 0, 1000)
    assert Payment.get_by_id(payment).state == PaymentState.SUCCEEDED


@one_store
def test_a_loss_that_turns_into_a_win(counter: Counter) -> None:
    """Before anybody has booked the loss it is simply won; afterwards a person has to look."""
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    ref = complain(counter, payment)
    decide_at_network(counter, ref, "lost")
    _told(counter, ref)
    decide_at_network(counter, ref, "won")
    assert _told(counter, ref).state == DisputeState.WON and not fresh(order).disputed
    decide_at_network(counter, ref, "lost")
    assert _told(counter, ref).state == DisputeState.WON
    _told(counter, ref)
    assert Event.select().where(Event.kind == "dispute.needs_a_person").count() == 1, "told once, not at every hint"


@one_store
def test_there_is_nothing_to_decide_before_it_is_lost(counter: Counter) -> None:
    row = _told(counter, complain(counter, counter.paid(counter.shop.order(8900))))
    with pytest.raises(DomainError, match="not lost"):
        decide(merchant=counter.merchant, dispute=row.id, lost_as=LostAs.WRITE_OFF)
    with pytest.raises(NotFound):
        decide(merchant=factory.merchant().id, dispute=row.id, lost_as=LostAs.WRITE_OFF)


@one_store
def test_somebody_elses_dispute_is_left_alone(counter: Counter) -> None:
    from models.payments import Attempt

    payment = counter.paid(counter.shop.order(8900))
    ref = complain(counter, payment)
    Attempt.update(gateway_ref="pi_another").execute()
    assert not hint(counter.account.id, ref) and not Dispute.select().exists() and not Refund.select().exists()
