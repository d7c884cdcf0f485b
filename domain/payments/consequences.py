"""What follows when an attempt closes: ledger, orders, receipt, recovery, mail, trail. Inside record_outcome only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from domain.compliance import brakes
from domain.events.record import Actor, record
from domain.ledger import post as ledger
from domain.mail import letters
from domain.methods import authority
from domain.payments import receipts
from domain.payments.minimum import minimum
from domain.recoveries import cases
from domain.recoveries.declines import Verdict, verdict, verdict_on
from domain.recoveries.terms import Why, stop
from domain.reports import dirty
from integrations.gateways.base import Decline
from kit.money import Money
from models.methods import MethodState, PaymentMethod
from models.orders import Collect, Order
from models.payments import Allocation, Attempt, Origin, Payment, PaymentState, PlannedTry
from models.payments import AttemptState as S

_OUTAGE_FIRST = timedelta(seconds=300)  # cases.md 61: a gateway outage has its own short ladder, doubling
_OUTAGE_DOUBLES = 8  # 5 minutes to 21 hours
_OUTAGE_MOST = 12  # about five days
_UNATTENDED = (Origin.AUTOMATIC, Origin.RETRY)


def follow(attempt: Attempt, orders: list[Order], now: datetime) -> None:
    """Everything that a closed attempt brings with it."""
    payment = attempt.payment
    if attempt.state == S.SUCCEEDED:
        _succeeded(attempt, payment, orders, now)
    elif attempt.state == S.FAILED:
        _failed(attempt, payment, orders, now)
    else:
        _given_up(attempt, payment, orders, now)


def tell_of_waiting(attempt: Attempt) -> None:
    """The letters of an attempt that has to wait for somebody."""
    if attempt.state == S.PENDING:
        letters.bank_debit_on_its_way(attempt.payment_id)
    if attempt.state == S.REVIEW:
        _event("attempt.needs_a_person", attempt)


def decline_columns(decline: Decline, *, brand: str, now: datetime) -> dict[str, Any]:
    """A decline as an attempt's columns; `hard` by the rules of that day."""
    judged = verdict(
        decline.decline_code, network_code=decline.network_code, advice=decline.advice, brand=brand, on=now.date()
    )
    return {
        "decline_code": decline.decline_code[:64],
        "network_code": decline.network_code and decline.network_code[:16],
        "advice": decline.advice and decline.advice[:16],
        "hard": judged.hard,
    }


def _succeeded(attempt: Attempt, payment: Payment, orders: list[Order], now: datetime) -> None:
    _settle(payment, orders, now)
    _close(payment, PaymentState.SUCCEEDED, now)
    receipts.issue(payment, now)
    PaymentMethod.update(state=MethodState.USABLE, state_reason=None, declined_at=None, decline_code=None).where(
        (PaymentMethod.id == attempt.method_id) & PaymentMethod.state.in_([MethodState.USABLE, MethodState.DECLINED])
    ).execute()
    cases.after_success(payment, [order.id for order in orders], now)
    letters.receipt(payment.id)
    _event("payment.succeeded", attempt)


def _settle(payment: Payment, orders: list[Order], now: datetime) -> None:
    """Books the money: what an order can still take goes to it, the rest to the customer's credit."""
    lines = [(ledger.gateway(payment.gateway_account_id), Money(payment.amount, payment.currency))]
    rest = payment.amount
    allocations = {allocation.order_id: allocation for allocation in payment.allocations}
    for order in orders:
        allocation = allocations[order.id]
        taken = min(allocation.amount, order.open)
        if taken != allocation.amount:
            Allocation.update(amount=taken).where(Allocation.id == allocation.id).execute()
        ahead = order.collect_at if taken < order.open else None  # the rest is still collected on its day
        Order.update(paid=Order.paid + taken, open=Order.open - taken, collect_at=ahead).where(
            Order.id == order.id
        ).execute()
        lines.append((ledger.receivable(order.id), Money(-taken, payment.currency)))
        rest -= taken
    if rest:
        lines.append((ledger.credit(payment.customer_id), Money(-rest, payment.currency)))
        _note(payment, "payment.needs_a_person", {"to_credit": str(rest)})
    ledger.post(merchant=payment.merchant_id, kind="payment", source=str(payment.id), at=now, lines=lines)


def _failed(attempt: Attempt, payment: Payment, orders: list[Order], now: datetime) -> None:
    _close(payment, PaymentState.FAILED, now)
    judged = verdict_on(attempt)
    PaymentMethod.update(**_method_after(judged, now)).where(
        (PaymentMethod.id == attempt.method_id) & (PaymentMethod.state != MethodState.DETACHED)
    ).execute()
    _event("payment.failed", attempt, decline=judged.code)
    if judged.voids_mandate:
        authority.ended(attempt.method, judged.code, now)
    if payment.origin in _UNATTENDED or attempt.final_on is not None:
        for order in _worth_a_case(payment, orders):
            cases.after_failure(order, attempt, now)
    else:
        for order in orders:
            cases.after_own_try(order, now, ended=attempt.method_id if judged.ends_method else None)
    if attempt.final_on is not None:  # the bank had taken the debit in: it is a return
        brakes.judge(attempt.gateway_account, now)


def _worth_a_case(payment: Payment, orders: list[Order]) -> list[Order]:
    """Sums too small to be charged by themselves were only carried along: they wait for the next charge."""
    if payment.origin != Origin.AUTOMATIC:
        return orders
    return [order for order in orders if order.open >= minimum(order.currency).minor] or orders[:1]


def _method_after(judged: Verdict, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"declined_at": now, "decline_code": judged.code[:64]}
    if judged.blocks_account:
        values |= {"state": MethodState.BLOCKED, "state_reason": judged.code[:64]}
    elif judged.ends_method:
        values |= {"state": MethodState.DECLINED, "state_reason": judged.code[:64]}
    return values


def _given_up(attempt: Attempt, payment: Payment, orders: list[Order], now: datetime) -> None:
    """Closed without a verdict: nothing was taken and nothing was declined. Automatic work is put back."""
    _close(payment, PaymentState.CANCELLED, now)
    _event("attempt.closed_without_verdict", attempt, state=attempt.state)
    if payment.origin not in _UNATTENDED:
        for order in orders:
            cases.after_own_try(order, now, ended=None)
        return
    main = max(orders, key=lambda order: order.open)  # the others were carried along
    planned = PlannedTry.get_or_none(PlannedTry.attempt == attempt)
    if main.collect != Collect.AUTOMATIC:  # a return or a refund has given it back to the person meanwhile
        if planned is not None:
            cases.replan(planned.recovery, now)
        return
    in_a_row = _without_verdict(main)
    if in_a_row > _OUTAGE_MOST:  # no outage: what we ask for is refused, again and again
        _note(payment, "payment.needs_a_person", {"without_verdict": str(in_a_row)})
        if planned is not None:
            cases.stop(planned.recovery_id, stop(Why.REFUSED).reason, why=Why.REFUSED)
        else:
            Order.update(collect=Collect.MANUAL, collect_at=None).where(Order.id == main.id).execute()
        return
    again = now + _OUTAGE_FIRST * int(2 ** min(in_a_row - 1, _OUTAGE_DOUBLES))
    if planned is not None:
        cases.plan_again(planned, again, now)
    else:
        Order.update(collect_at=again).where(Order.id == main.id).execute()


def _without_verdict(order: Order) -> int:
    """How many automatic payments of this order have ended so, one after the other, with this one."""
    mine = Payment.select(Payment.state).join(Allocation).where(Allocation.order == order)
    latest = mine.where(Payment.origin.in_(_UNATTENDED)).order_by(Payment.created_at.desc(), Payment.id.desc())
    states = [row.state for row in latest.limit(_OUTAGE_MOST + 1)]
    return next((n for n, state in enumerate(states) if state != PaymentState.CANCELLED), len(states))


def _close(payment: Payment, state: PaymentState, now: datetime) -> None:
    Payment.update(state=state, closed_at=now).where(Payment.id == payment.id).execute()
    dirty.mark(payment.merchant_id, now)


def _event(kind: str, attempt: Attempt, **facts: str) -> None:
    payment = attempt.payment
    _note(payment, kind, {"attempt": str(attempt.id), "origin": payment.origin, **facts})


def _note(payment: Payment, kind: str, facts: dict[str, str]) -> None:
    record(
        kind,
        merchant=payment.merchant_id,
        actor=Actor.GATEWAY,
        customer=payment.customer_id,
        subject=payment.id,
        facts=facts,
    )
