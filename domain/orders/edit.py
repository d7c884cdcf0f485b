"""Correcting an order that has been made: what it is called, when it is due, what it is for.

The rules, so that what somebody was told, paid or agreed to is never rewritten:
- The name may change at any time. Receipts that have been issued keep theirs only as far as they hold a copy.
- The due day may change while something is open, nothing is under way and no failed payment is being collected.
- The lines may change while nothing at all has happened to the order: nothing paid or taken off, no payment that came
  and went, none under way or failed, and it was not made by a schedule. A bank debit that was announced keeps its
  amount (Regulation E, 12 CFR 1005.10(d)). Else it is voided and made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from domain.events.record import Actor, record
from domain.orders.bill import check_due
from domain.orders.locks import is_held, lock_orders
from domain.orders.make import NewLine
from domain.orders.terms import TITLE_LENGTH, collect_moment, order_total
from integrations.gateways.base import MethodKind
from kit.calendar import local_day
from kit.clock import utc_now
from kit.crypto import digest
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from kit.money import Money
from models.base import unit_of_work
from models.orders import Collect, Order, OrderLine
from models.payments import Allocation, Payment, PaymentState, Recovery, RecoveryState


@dataclass(frozen=True)
class Editing:
    """The order as its form shows it. `stamp` tells whether a colleague has changed it since.

    `fixed`: why the lines cannot be changed, if they cannot; `dated`: the same for the due day.
    """

    title: str
    due_on: date
    lines: tuple[NewLine, ...]
    stamp: str
    fixed: str
    dated: str


def editing(*, merchant: UUID, order: UUID) -> Editing:
    """The facts of the form. Raises NotFound."""
    row = _mine(merchant, order)
    return _editing(row)


def _editing(row: Order) -> Editing:
    lines = tuple(
        NewLine(line.title, Money(line.total, row.currency), line.quantity, line.kind)
        for line in row.lines.order_by(OrderLine.position)
    )
    seen = [row.title, row.due_on.isoformat(), row.total, row.adjusted, row.paid, row.open]
    seen += [f"{line.title}={line.total.minor}" for line in lines]
    return Editing(row.title, row.due_on, lines, digest("|".join(map(str, seen)))[:24], _fixed(row), _dated(row))


def _fixed(row: Order) -> str:
    """Why the lines of an order stay as they are; nothing when they may change."""
    came = (Allocation.order == row) & (Payment.state != PaymentState.CANCELLED)
    if row.schedule_id is not None:
        return _("Its schedule has made this order. Change the schedule for the coming ones.")
    if row.paid or row.adjusted or row.open != row.total or row.total == 0:
        return _("Something of it is paid or taken off already. Void the rest and make a new order instead.")
    if is_held(row.id) or Allocation.select().join(Payment).where(came).exists():
        return _("A payment of it was tried already. Void it and make a new order instead.")
    if row.collect == Collect.AUTOMATIC and row.method is not None and row.method.kind == MethodKind.BANK:
        return _("It is debited from a bank account over the amount that was announced. Void it and make a new one.")
    return ""


def _dated(row: Order) -> str:
    if row.open == 0:
        return _("Nothing is open on it any more.")
    if is_held(row.id):
        return _("A payment for %(number)s is under way. Wait until it is done.") % {"number": row.number}
    if Recovery.select().where((Recovery.order == row) & (Recovery.state == RecoveryState.OPEN)).exists():
        return _("Its payment has failed and is being collected. Pause its tries instead.")
    return ""


def edit_order(
    *,
    merchant: UUID,
    order: UUID,
    title: str,
    due_on: date,
    lines: Sequence[NewLine],
    stamp: str,
    staff: UUID | None,
) -> bool:
    """Writes what has changed; False when nothing has (the form sent again).

    Raises NotFound (not this merchant's), Conflict (a colleague was faster), DomainError for what may not change.
    """
    with unit_of_work():
        _mine(merchant, order)
        row = lock_orders([order])[0]
        now = _editing(row)
        wished = title.strip()[:TITLE_LENGTH] or now.title
        changes = _changes(now, wished, due_on, lines)
        if not changes:
            return False
        if stamp != now.stamp:
            raise Conflict(_("A colleague has changed this order meanwhile. Look at it again, then change it."))
        _check(row, now, changes, due_on)
        values: dict[str, Any] = {"title": wished, "due_on": due_on}
        if "due_on" in changes:
            values["collect_at"] = _collect_at(row, due_on)
        if "lines" in changes:
            values |= _store(row, lines)
        Order.update(**values).where(Order.id == row.id).execute()
        _tell(row, changes, staff)
        return True


def _mine(merchant: UUID, order: UUID) -> Order:
    row: Order | None = Order.get_or_none((Order.id == order) & (Order.merchant == merchant))
    if row is None:
        raise NotFound(_("This purchase is not there."))
    return row


def _changes(now: Editing, title: str, due_on: date, lines: Sequence[NewLine]) -> list[str]:
    as_written = [(line.title, line.total, line.quantity) for line in now.lines]
    found = {"title": title != now.title, "due_on": due_on != now.due_on}
    found["lines"] = bool(lines) and as_written != [(line.title, line.total, line.quantity) for line in lines]
    return [name for name, changed in found.items() if changed]


def _check(row: Order, now: Editing, changes: list[str], due_on: date) -> None:
    if "lines" in changes and now.fixed:
        raise DomainError(now.fixed, field="line_1")
    if "due_on" in changes:
        if now.dated:
            raise DomainError(now.dated, field="due_on")
        waits = row.collect == Collect.AUTOMATIC and row.collect_at is not None
        check_due(due_on, local_day(utc_now(), row.merchant.zone), automatic=waits)


def _collect_at(row: Order, due_on: date) -> Any:
    """An automatic try that is still ahead moves with the day, to the hour that it had."""
    if row.collect_at is None:
        return None
    house, schedule = row.merchant, row.schedule
    hour = schedule.hour if schedule is not None and schedule.hour is not None else house.collect_hour
    bank = row.method is not None and row.method.kind == MethodKind.BANK
    return collect_moment(due_on, hour=hour, zone=house.zone, bank=bank, today=local_day(utc_now(), house.zone))


def _store(row: Order, lines: Sequence[NewLine]) -> dict[str, int]:
    """The new lines in place of the old ones, and the sums that follow. No journal: nothing was posted for it yet."""
    summed = order_total(lines)
    if summed.currency != row.currency or summed.minor == 0:
        raise DomainError(_("Write an amount above zero."), field="amount_1")
    OrderLine.delete().where(OrderLine.order == row).execute()
    for position, line in enumerate(lines, start=1):
        OrderLine.create(
            order=row,
            position=position,
            kind=line.kind,
            title=line.title[:TITLE_LENGTH],
            quantity=line.quantity,
            total=line.total.minor,
        )
    return {"total": summed.minor, "open": summed.minor}


def _tell(row: Order, changes: list[str], staff: UUID | None) -> None:
    record(
        "order.edited",
        merchant=row.merchant_id,
        actor=Actor.STAFF if staff else Actor.COMMAND,
        actor_id=staff,
        customer=row.customer_id,
        subject=row.id,
        facts={"what": " ".join(changes), "was": row.total, "due": row.due_on.isoformat()},
    )
