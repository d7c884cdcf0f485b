"""Making a schedule: what is billed again and again, from when, how often, with what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.events.record import Actor, record
from domain.merchants.policy import policy_of
from domain.orders.terms import NewLine, order_total
from domain.schedules.consents import check_consent, check_method
from domain.schedules.dates import keeps_anchor, run_from
from domain.schedules.terms import made_at
from domain.work.wake import Work, wake
from kit.calendar import local_day
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from kit.ids import uuid7
from kit.money import Money
from models.base import require_unit_of_work, unit_of_work
from models.customers import Customer
from models.merchants import Merchant
from models.methods import BillingSchedule, Cadence
from models.schedules import ScheduleLine

TITLE_LENGTH = 160
_MOST_PERIODS = 366  # of any cadence; a longer one is a slip of the pen
_LARGEST = 10**16  # minor units; a BIGINT holds 9 × 10^18


@dataclass(frozen=True)
class Rhythm:
    """When a schedule runs: every `every` days, weeks, months or years from `first_on` on.

    `anchor_day` is the day of the month that is kept (left out: the first day's); it ends on `ends_on`, after `runs`
    orders, or never. Runs before `bill_from` were billed elsewhere (an import) and are left out.
    """

    cadence: Cadence
    first_on: date
    every: int = 1
    anchor_day: int | None = None
    ends_on: date | None = None
    runs: int | None = None
    bill_from: date | None = None


def make_schedule(
    *,
    merchant: UUID,
    customer: UUID,
    title: str,
    rhythm: Rhythm,
    amount: Money | None = None,
    lines: Sequence[NewLine] = (),
    hour: int | None = None,
    method: UUID | None = None,
    consent: UUID | None = None,
    reference: str | None = None,
    handle: UUID | None = None,
    actor: Actor = Actor.STAFF,
    actor_id: UUID | None = None,
) -> UUID:
    """Makes a schedule and answers its id; its first order is made when its time comes.

    Each run bills `amount`, or `lines` (then the amount is their sum). With a method and a live consent for it, runs
    are charged at `hour` (local; left out: the merchant's hour); without, they are orders to pay by hand. `handle` is
    a form's own id, which becomes the schedule's: sent again it makes nothing more. Raises
    NotFound for another merchant's customer, Conflict for a reference that is taken, DomainError for all else.
    """
    with unit_of_work():
        owner = Customer.get_or_none(Customer.id == customer, Customer.merchant == merchant)
        if owner is None:
            raise NotFound(_("This customer is not there. Look for the name once more."))
        if (
            handle is not None
            and BillingSchedule.select().where(BillingSchedule.id == handle, BillingSchedule.customer == owner).exists()
        ):
            return handle
        return add_schedule(
            customer=owner, title=title, rhythm=rhythm, amount=amount, lines=lines, hour=hour, method=method,
            consent=consent, reference=reference, id=handle, actor=actor, actor_id=actor_id,
        ).id  # fmt: skip


def add_schedule(
    *,
    customer: Customer,
    title: str,
    rhythm: Rhythm,
    amount: Money | None = None,
    lines: Sequence[NewLine] = (),
    hour: int | None = None,
    method: UUID | None = None,
    consent: UUID | None = None,
    reference: str | None = None,
    id: UUID | None = None,
    actor: Actor,
    actor_id: UUID | None = None,
) -> BillingSchedule:
    """The same in the caller's unit of work, for a customer who is known to be the merchant's."""
    require_unit_of_work()
    house: Merchant = customer.merchant
    billed = _amount(house, amount, lines)
    first = _first_run(rhythm, today=local_day(utc_now(), house.zone))
    _check_hour(hour)
    _check_paying(customer, billed.currency, method, consent)
    schedule = BillingSchedule.create(
        id=id or uuid7(),
        merchant=house,
        customer=customer,
        title=_title(title),
        amount=billed.minor,
        currency=billed.currency,
        cadence=rhythm.cadence,
        every=rhythm.every,
        anchor_day=rhythm.anchor_day or rhythm.first_on.day,
        hour=hour,
        starts_on=rhythm.first_on,
        next_on=first,
        run_at=made_at(
            first,
            ahead=policy_of(house.id).bill_days_ahead,
            hour=house.collect_hour,
            collect_hour=house.collect_hour if hour is None else hour,
            zone=house.zone,
        ),
        ends_on=rhythm.ends_on,
        runs_left=rhythm.runs,
        reference=_reference(house, reference),
        method=method,
        consent=consent,
        created_at=utc_now(),
    )
    _store_lines(schedule, lines)
    _tell(schedule, actor, actor_id)
    if schedule.run_at <= utc_now():
        wake(Work.SCHEDULE, schedule.id)
    return schedule


def _tell(schedule: BillingSchedule, actor: Actor, actor_id: UUID | None) -> None:
    record(
        "schedule.made",
        merchant=schedule.merchant_id,
        actor=actor,
        actor_id=actor_id,
        customer=schedule.customer_id,
        subject=schedule.id,
        facts={"cadence": Cadence(schedule.cadence).value, "every": schedule.every},
    )


def check_amount(amount: Money, currency: str) -> Money:
    """The amount, if a schedule of a merchant with this currency may bill it. Raises DomainError."""
    if amount.currency != currency:
        raise DomainError(
            _("This schedule bills in %(currency)s, and the amount is in %(other)s.")
            % {"currency": currency, "other": amount.currency},
            field="amount",
        )
    if not 0 < amount.minor < _LARGEST:
        raise DomainError(_("A schedule bills more than zero each time."), field="amount")
    return amount


def _amount(house: Merchant, amount: Money | None, lines: Sequence[NewLine]) -> Money:
    if (amount is None) == (not lines):
        raise DomainError(_("Say what is billed each time: an amount, or lines that add up to it."), field="amount")
    return check_amount(order_total(lines) if amount is None else amount, house.currency)


def _title(title: str) -> str:
    kept = title.strip()
    if not kept or len(kept) > TITLE_LENGTH:
        raise DomainError(
            _("Give the schedule a title of at most %(n)d characters.") % {"n": TITLE_LENGTH}, field="title"
        )
    return kept


def _first_run(rhythm: Rhythm, *, today: date) -> date:
    """The first run that we bill. Raises DomainError for days that do not fit together."""
    if not 1 <= rhythm.every <= _MOST_PERIODS:
        raise DomainError(_("A schedule runs every 1 to %(n)d periods.") % {"n": _MOST_PERIODS}, field="every")
    anchor = rhythm.anchor_day or rhythm.first_on.day
    if not 1 <= anchor <= 31:
        raise DomainError(_("The day of the month is from 1 to 31."), field="anchor_day")
    if not keeps_anchor(rhythm.first_on, cadence=rhythm.cadence, anchor_day=anchor):
        raise DomainError(
            _("The first day, %(first)s, is not day %(anchor)d of its month. Choose a first day that is.")
            % {"first": rhythm.first_on, "anchor": anchor},
            field="first_on",
        )
    if rhythm.bill_from is None and rhythm.first_on < today:
        raise DomainError(
            _("The first day, %(first)s, is over. Choose today or a later day.") % {"first": rhythm.first_on},
            field="first_on",
        )
    first = run_from(
        max(rhythm.first_on, rhythm.bill_from or rhythm.first_on),
        run=rhythm.first_on,
        cadence=rhythm.cadence,
        every=rhythm.every,
        anchor_day=anchor,
    )
    if (rhythm.ends_on is not None and rhythm.ends_on < first) or (rhythm.runs is not None and rhythm.runs < 1):
        raise DomainError(
            _("This schedule would end before its first run on %(first)s. Choose a later end.") % {"first": first},
            field="ends_on",
        )
    return first


def _check_hour(hour: int | None) -> None:
    if hour is not None and not 0 <= hour <= 23:
        raise DomainError(_("The hour is from 0 to 23, in the merchant's time zone."), field="hour")


def _check_paying(customer: Customer, currency: str, method: UUID | None, consent: UUID | None) -> None:
    if method is not None:
        check_method(customer=customer.id, method=method, currency=currency)
    if consent is not None:
        if method is None:
            raise DomainError(_("A consent needs the payment method that it is for."), field="method")
        check_consent(customer=customer.id, method=method, consent=consent)


def _reference(house: Merchant, reference: str | None) -> str | None:
    if reference is None:
        return None
    taken = (BillingSchedule.merchant == house) & (BillingSchedule.reference == reference)
    if BillingSchedule.select().where(taken).exists():
        raise Conflict(_("There is a schedule with the reference “%(ref)s” already.") % {"ref": reference})
    return reference


def _store_lines(schedule: BillingSchedule, lines: Sequence[NewLine]) -> None:
    for position, line in enumerate(lines, start=1):
        ScheduleLine.create(
            schedule=schedule,
            position=position,
            kind=line.kind,
            title=line.title,
            quantity=line.quantity,
            total=line.total.minor,
        )
