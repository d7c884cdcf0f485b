"""Making one order: what was bought or billed, and when it is due. Posts nothing: the order row is what is owed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from domain.events.record import Actor, record
from domain.orders.numbers import next_number
from domain.orders.terms import TITLE_LENGTH, NewLine, collect_moment, order_title, order_total
from integrations.gateways.base import MethodKind
from kit.calendar import local_day
from kit.clock import utc_now
from kit.errors import Conflict, DomainError
from kit.i18n import _
from kit.ids import uuid7
from models.base import require_unit_of_work
from models.customers import Customer
from models.merchants import Merchant
from models.methods import PaymentMethod
from models.orders import Collect, Order, OrderLine, OrderSource

__all__ = ["NewLine", "make_order"]


def make_order(
    *,
    id: UUID | None = None,
    merchant: Merchant,
    customer: Customer,
    lines: Sequence[NewLine],
    source: OrderSource,
    number: str | None = None,
    title: str | None = None,
    due_on: date | None = None,
    placed_at: datetime | None = None,
    collect: Collect = Collect.MANUAL,
    method: UUID | None = None,
    consent: UUID | None = None,
    schedule: UUID | None = None,
    hour: int | None = None,
    actor: Actor = Actor.STAFF,
    actor_id: UUID | None = None,
) -> Order:
    """Makes an order with its lines, in the caller's unit of work, and records `order.made`.

    `id` is given by a form that may be sent twice. Left out: `number` is the merchant's next one, `title` comes from
    the lines, `placed_at` is now, `due_on` is the day of `placed_at` in the merchant's zone. A total of zero is paid as
    it comes (nothing is open). AUTOMATIC needs the method and the consent it is charged under; the clock tries it on
    the due day (a bank debit: on the next banking day) at `hour` or else the merchant's hour.
    Raises Conflict when the merchant has an order of that number, DomainError for everything else that is wrong.
    """
    require_unit_of_work()
    _check_parties(merchant, customer, collect, covered=method is not None and consent is not None)
    total = order_total(lines)
    now = utc_now()
    placed = placed_at or now
    due = due_on or local_day(placed, merchant.zone)
    automatic = collect is Collect.AUTOMATIC and total.minor > 0
    order = Order.create(
        id=id or uuid7(),
        merchant=merchant,
        customer=customer,
        number=_number(merchant.id, number),
        title=(title or order_title([line.title for line in lines]))[:TITLE_LENGTH],
        currency=total.currency,
        total=total.minor,
        open=total.minor,
        due_on=due,
        placed_at=placed,
        collect=collect,
        collect_at=_collect_at(merchant, _after_the_pause(customer, due), method, hour, now) if automatic else None,
        method=method,
        consent=consent,
        schedule=schedule,
        source=source,
        created_at=now,
    )
    _store_lines(order, lines)
    _record_made(order, actor, actor_id)
    return order


def _record_made(order: Order, actor: Actor, actor_id: UUID | None) -> None:
    record(
        "order.made",
        merchant=order.merchant_id,
        actor=actor,
        actor_id=actor_id,
        customer=order.customer_id,
        subject=order.id,
        facts={"source": order.source.value, "collect": order.collect.value},
    )


def _check_parties(merchant: Merchant, customer: Customer, collect: Collect, *, covered: bool) -> None:
    if customer.merchant_id != merchant.id:
        raise DomainError(_("This customer belongs to another merchant."))
    if collect is Collect.AUTOMATIC and not covered:
        raise DomainError(_("An order that is collected automatically needs a payment method and a consent."))


def _after_the_pause(customer: Customer, due: date) -> date:
    """Nothing is collected by itself before the day on which a pause of the customer's automatic tries ends."""
    return max(due, customer.tries_paused_until or due)


def _collect_at(merchant: Merchant, due: date, method: UUID | None, hour: int | None, now: datetime) -> datetime:
    kind = PaymentMethod.get_by_id(method).kind
    return collect_moment(
        due,
        hour=merchant.collect_hour if hour is None else hour,
        zone=merchant.zone,
        bank=kind == MethodKind.BANK,
        today=local_day(now, merchant.zone),
    )


def _number(merchant: UUID, given: str | None) -> str:
    if given is None:
        return next_number(merchant)
    if Order.select().where(Order.merchant == merchant, Order.number == given).exists():
        raise Conflict(_("There is an order %(number)s already. Give this one another number.") % {"number": given})
    return given


def _store_lines(order: Order, lines: Sequence[NewLine]) -> None:
    OrderLine.insert_many(
        [
            {
                "order": order.id,
                "position": position,
                "kind": line.kind,
                "title": line.title[:TITLE_LENGTH],
                "quantity": line.quantity,
                "total": line.total.minor,
            }
            for position, line in enumerate(lines, start=1)
        ]
    ).execute()
