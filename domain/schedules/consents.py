"""Under which consent a schedule is charged: its own, or one for all that is due. Without one it bills by hand."""

from __future__ import annotations

from uuid import UUID

from domain.events.record import Actor, record
from integrations.gateways.base import MethodKind
from kit.errors import DomainError
from kit.i18n import _
from models.base import require_unit_of_work
from models.methods import BillingSchedule, Consent, ConsentScope, MethodState, PaymentMethod, ScheduleState

_COVERING = (ConsentScope.SCHEDULES, ConsentScope.ALL_DUE)


def standing(schedule: BillingSchedule) -> Consent | None:
    """The live consent for the schedule's method, its own first; None when it may not be charged by itself (now)."""
    live = list(
        Consent.select(Consent, PaymentMethod)
        .join(PaymentMethod)
        .where(
            Consent.customer == schedule.customer_id,
            Consent.method == schedule.method_id,
            Consent.revoked_at.is_null(),
            (Consent.id == schedule.consent_id) | (Consent.scope == ConsentScope.ALL_DUE),
            PaymentMethod.customer == schedule.customer_id,
            PaymentMethod.state == MethodState.USABLE,
        )
    )
    return min(live, key=lambda consent: consent.id != schedule.consent_id, default=None)


def check_method(*, customer: UUID, method: UUID, currency: str) -> PaymentMethod:
    """The method, if this customer's schedules of that currency may use it. Raises DomainError, saying why not."""
    row: PaymentMethod | None = PaymentMethod.get_or_none(PaymentMethod.id == method)
    if row is None or row.customer_id != customer or row.state == MethodState.DETACHED:
        raise DomainError(_("That payment method is not this customer's. Choose one of theirs."), field="method")
    if row.kind == MethodKind.BANK and currency != "USD":
        raise DomainError(
            _("Bank accounts are debited in US dollars only. Choose a card for %(currency)s.") % {"currency": currency},
            field="method",
        )
    return row


def check_consent(*, customer: UUID, method: UUID, consent: UUID) -> Consent:
    """The consent, if it is live and lets this method be charged for schedules. Raises DomainError."""
    row: Consent | None = Consent.get_or_none(Consent.id == consent)
    if row is None or (row.customer_id, row.method_id) != (customer, method) or row.scope not in _COVERING:
        raise DomainError(
            _("That consent does not cover schedules with this payment method. The customer must give one.")
        )
    if row.revoked_at is not None:
        raise DomainError(_("The customer has taken that consent back. Ask for a new one."))
    return row


def take_over(schedule: BillingSchedule, consent: Consent, *, actor: Actor = Actor.CUSTOMER) -> None:
    """From the next run on the schedule is charged under this consent, on its method. In the caller's unit of work.

    Orders that have been made already keep their terms. Raises DomainError when the consent does not cover it.
    """
    require_unit_of_work()
    check_method(customer=schedule.customer_id, method=consent.method_id, currency=schedule.currency)
    check_consent(customer=schedule.customer_id, method=consent.method_id, consent=consent.id)
    schedule.method, schedule.consent = consent.method, consent
    BillingSchedule.update(method=consent.method_id, consent=consent.id).where(
        BillingSchedule.id == schedule.id, BillingSchedule.state != ScheduleState.ENDED
    ).execute()
    record(
        "schedule.method_changed",
        merchant=schedule.merchant_id,
        actor=actor,
        customer=schedule.customer_id,
        subject=schedule.id,
        facts={"method": str(consent.method_id)},
    )


def take_over_all(consent: Consent) -> int:
    """A new consent of scope SCHEDULES or ALL_DUE takes over every schedule of its customer that has none.

    In the caller's unit of work; answers how many. Schedules that are charged by themselves already stay as they are,
    and a bank account takes over those in US dollars only.
    """
    require_unit_of_work()
    if consent.scope not in _COVERING or consent.revoked_at is not None:
        return 0
    mine = (BillingSchedule.customer == consent.customer_id) & (BillingSchedule.state != ScheduleState.ENDED)
    taken = 0
    for schedule in list(BillingSchedule.select().where(mine).order_by(BillingSchedule.id)):
        bank_fits = consent.method.kind != MethodKind.BANK or schedule.currency == "USD"
        if bank_fits and standing(schedule) is None:
            take_over(schedule, consent)
            taken += 1
    return taken
