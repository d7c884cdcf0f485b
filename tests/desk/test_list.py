"""What stands on the list of today: each kind with what it is about, and nothing that goes its way by itself."""

from __future__ import annotations

from datetime import timedelta

from domain.desk.terms import Kind
from domain.desk.words import head_line, sentence
from domain.mail.reach import reached, refused
from domain.recoveries.ending import UNPAID
from kit.clock import utc_now
from models.base import unit_of_work
from models.customers import Account, ChangeState, ContactChange, ContactKind, Customer
from models.merchants import GatewayAccount
from models.methods import BillingSchedule, ScheduleState
from models.orders import Order
from models.payments import (
    Attempt,
    AttemptState,
    Dispute,
    DisputeKind,
    DisputeState,
    LostAs,
    Payment,
    Promise,
    PromiseState,
    Recovery,
    Refund,
    RefundState,
)
from tests import factory
from tests.desk.conftest import CONFIRM, FUNDS, House


def test_each_kind_stands_there_with_its_own_right_act_and_nobody_elses(bare_house: House) -> None:
    house = bare_house
    flo = house.failed("Flo Lost")
    house.failed("Ed Next", FUNDS, 3000)
    cy = house.failed("Cy Confirm", CONFIRM, 4000)
    house.failed("Stranger Sam", of=factory.merchant("summit"))
    assert house.listed() == [("confirm", "Cy Confirm"), ("new_card", "Flo Lost")], "a planned try needs nobody"
    payment, attempt, now = _money_of(flo), Attempt.get(), utc_now()
    with unit_of_work():
        _dispute(payment, DisputeState.OPEN, answer_by=now + timedelta(days=5))
        _dispute(payment, DisputeState.LOST)
        _dispute(payment, DisputeState.LOST, lost_as=LostAs.WRITE_OFF)
        _dispute(payment, DisputeState.WON)
        _refund(payment, RefundState.FAILED)
        _refund(payment, RefundState.REVIEW)
        _refund(payment, RefundState.SUCCEEDED)
        Attempt.update(state=AttemptState.REVIEW, closed_at=None).where(Attempt.id == attempt.id).execute()
        account = _account(cy)
        ContactChange.create(
            customer=cy.customer_id, account=account, what=ContactKind.PHONE, wanted="555 0199", made_at=now
        )
        ContactChange.create(
            customer=cy.customer_id, account=account, what=ContactKind.NAME, wanted="X", made_at=now,
            state=ChangeState.DONE,
        )  # fmt: skip
        for note in (UNPAID, "The customer asked for it."):
            _schedule(cy, note)
    kinds = [kind for kind, _name in house.listed()]
    assert kinds == [
        "dispute", "lost", "review", "refund", "refund", "change", "confirm", "new_card", "paused",
    ]  # fmt: skip
    assert "555 0199" in sentence(house.row(Kind.CHANGE))
    with unit_of_work():
        GatewayAccount.update(active=False).where(GatewayAccount.merchant == house.merchant).execute()
    assert house.listed()[0] == ("gateway", "")


def _account(order: Order) -> Account:
    return Account.create(
        merchant=order.merchant_id, email="cy@example.com", name="Cy", confirmed_at=utc_now(), created_at=utc_now()
    )


def _money_of(order: Order) -> Payment:
    found: Payment = Payment.get(Payment.customer == order.customer_id)
    return found


def _dispute(payment: Payment, state: DisputeState, **values: object) -> None:
    Dispute.create(
        payment=payment, gateway_account=payment.gateway_account_id, gateway_ref=f"dp_{Dispute.select().count()}",
        kind=DisputeKind.CARD, amount=payment.amount, currency="USD", state=state, reason="fraudulent",
        opened_at=utc_now(), **values,
    )  # fmt: skip


def _refund(payment: Payment, state: RefundState) -> None:
    Refund.create(
        payment=payment, gateway_account=payment.gateway_account_id, amount=100, currency="USD", state=state,
        state_since=utc_now(), created_at=utc_now(),
    )  # fmt: skip


def _schedule(order: Order, note: str) -> None:
    BillingSchedule.create(
        merchant=order.merchant_id, customer=order.customer_id, title="Membership", amount=8900, currency="USD",
        anchor_day=1, starts_on=utc_now().date(), state=ScheduleState.PAUSED, note=note, created_at=utc_now(),
    )  # fmt: skip


def test_who_was_told_nothing_and_who_broke_a_promise(house: House) -> None:
    flo, ed = house.failed("Flo Lost"), house.failed("Ed Next", FUNDS, 3000)
    with unit_of_work():
        refused(flo.customer.email, "relay: 550")
        Customer.update(email="").where(Customer.id == ed.customer_id).execute()
    assert house.listed() == [("untold", "Flo Lost"), ("untold", "Ed Next")], "also one with a planned try"
    recovery = Recovery.get(Recovery.order == ed)
    with unit_of_work():
        reached(flo.customer.email)
        Customer.update(email="ed@example.com").where(Customer.id == ed.customer_id).execute()
        made = Promise.create(
            recovery=recovery, order=ed, customer=ed.customer_id, day=utc_now().date(), made_at=utc_now(),
            state=PromiseState.BROKEN,
        )  # fmt: skip
    assert house.listed() == [("promise", "Ed Next"), ("new_card", "Flo Lost")]
    assert "The next try is on" in sentence(house.row(Kind.PROMISE))
    with unit_of_work():
        Promise.update(state=PromiseState.OPEN).where(Promise.id == made.id).execute()
    assert house.listed() == [("new_card", "Flo Lost")], "an open promise waits by itself"


def test_the_head_counts_people_once_and_never_adds_currencies(one_house: House) -> None:
    flo = one_house.failed("Flo Lost")
    second = factory.automatic(flo.customer, flo.method, flo.consent, 3100)
    one_house.failed("Eve Euro", total=2000)
    with unit_of_work():
        Order.update(currency="EUR").where(Order.total == 2000).execute()
        Recovery.update(currency="EUR").where(Recovery.amount == 2000).execute()
        first = Recovery.get(Recovery.order == flo)
        Recovery.create(
            merchant=one_house.merchant, customer=flo.customer_id, order=second, attempt=first.attempt_id, amount=3100,
            currency="USD", reason="lost_card", why="method", opened_at=utc_now(),
        )  # fmt: skip
    head = one_house.desk().head
    assert (head.people, head.rows, head_line(head)) == (2, 3, "2 people, €20.00, $120.00")
    assert one_house.desk().to_ask == 2
    with unit_of_work():
        Customer.update(merged_into=flo.customer_id).where(Customer.name == "Eve Euro").execute()
    assert one_house.desk().head.people == 1, "a merged record is nobody"
