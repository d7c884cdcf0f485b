"""What authorises an unattended charge. A card added to settle one order is not consent for others."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from peewee import fn

from domain.methods import mandates
from domain.schedules.consents import take_over, take_over_all
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _
from models.base import locked, require_unit_of_work, unit_of_work
from models.methods import BillingSchedule, Consent, ConsentScope, MethodState, PaymentMethod
from models.orders import Order

TEXT_VERSION = "2026-11"


def consent_text(merchant: str) -> str:
    """The words a person agrees to, in this version."""
    return _(
        "I allow %(merchant)s to charge this payment method for amounts that are due on my account, on their due day. "
        "I can withdraw this at any time here."
    ) % {"merchant": merchant}


def backup_text(merchant: str) -> str:
    """The words a person agrees to for a backup, in this version."""
    return _(
        "If my usual payment method fails, %(merchant)s may charge this one instead, once for each failed payment. "
        "I can withdraw this at any time here."
    ) % {"merchant": merchant}


def schedules_text(merchant: str, method: str) -> str:
    """The words under which chosen schedules go over to a method, in this version."""
    return _(
        "I allow %(merchant)s to charge %(method)s for the schedules that I have ticked, each on its due day and over "
        "the amount that is due then. I can withdraw this at any time here."
    ) % {"merchant": merchant, "method": method}


def replacement_text(merchant: str, method: str, before: str) -> str:
    """The words under which a method takes over what another one paid that is removed, in this version."""
    return _(
        "I allow %(merchant)s to charge %(method)s for all that %(before)s paid until now, each on its due day and "
        "over the amount that is due then. I can withdraw this at any time here."
    ) % {"merchant": merchant, "method": method, "before": before}


def give_backup(
    *, customer: UUID, method: UUID, text: str, rank: int | None = None, ip: str = "", agent: str = ""
) -> Consent:
    """Lets a method stand in when another one has failed, in the caller's unit of work.

    `rank` is its place among the backups, 1 first; without one it goes last. A new consent takes the place of the one
    before for the same method.
    """
    require_unit_of_work()
    mine = (Consent.customer == customer) & (Consent.scope == ConsentScope.BACKUP) & Consent.revoked_at.is_null()
    Consent.update(revoked_at=utc_now()).where(mine & (Consent.method == method)).execute()
    last = Consent.select(fn.MAX(Consent.rank)).where(mine).scalar() or 0
    place = rank if rank is not None else last + 1
    return give(customer=customer, method=method, scope=ConsentScope.BACKUP, text=text, rank=place, ip=ip, agent=agent)


def give(
    *,
    customer: UUID,
    method: UUID,
    scope: ConsentScope,
    text: str,
    order: UUID | None = None,
    rank: int | None = None,
    schedules: Collection[UUID] | None = None,
    ip: str = "",
    agent: str = "",
) -> Consent:
    """Writes a consent down, in the caller's unit of work: who, which method, what for, the words, when and where.

    One that covers schedules takes over those that are not charged by themselves yet, or exactly `schedules`. For a
    bank account the authorization is kept anew, with these words. Raises DomainError for an account that still waits
    for its check, or that its bank has closed to us (cases.md 27, 46).
    """
    require_unit_of_work()
    _check_method(customer, method)
    consent = Consent.create(
        customer=customer,
        method=method,
        scope=scope,
        order_id=order and str(order),
        rank=rank,
        text_version=TEXT_VERSION,
        text=text,
        shown_at=utc_now(),
        ip=ip,
        agent=agent[:255],
    )
    mandates.with_consent(consent)
    if schedules is None:
        take_over_all(consent)
    else:
        _take_over_these(consent, schedules)
    _rearm(customer, method)
    return consent


def _take_over_these(consent: Consent, schedules: Collection[UUID]) -> None:
    mine = (BillingSchedule.customer == consent.customer_id) & BillingSchedule.id.in_(list(schedules))
    for schedule in locked(BillingSchedule.select().where(mine).order_by(BillingSchedule.id)):
        take_over(schedule, consent)


def _rearm(customer: UUID, method: UUID) -> None:
    """What had stopped for want of a method that may be charged goes on with this one."""
    from domain.recoveries.cases import rearm  # it looks consents up itself

    rearm(customer, method)


def _check_method(customer: UUID, method: UUID) -> None:
    row = PaymentMethod.get_or_none((PaymentMethod.id == method) & (PaymentMethod.customer == customer))
    if row is None or row.state == MethodState.DETACHED:
        raise NotFound(_("That payment method is not there any more. Choose another one."))
    if row.state in (MethodState.UNVERIFIED, MethodState.BLOCKED):
        raise DomainError(_("This bank account cannot be charged automatically now. Choose another payment method."))


def revoke(*, customer: UUID, consent: UUID) -> bool:
    """Takes a consent back; nothing is charged under it from now on. False when it is not this customer's or gone."""
    with unit_of_work():
        mine = (Consent.id == consent) & (Consent.customer == customer) & Consent.revoked_at.is_null()
        return bool(Consent.update(revoked_at=utc_now()).where(mine).execute())


def covering(order: Order, *, method: UUID | None = None) -> Consent | None:
    """A live consent that covers this order with a method that can be charged unattended (only `method`, if given).

    A backup's consent is none: it lets a method be charged only after another one has failed.
    """
    wanted = method or order.method_id
    found = [consent for consent in _live(order) if wanted is None or consent.method_id == wanted]
    scheduled = order.schedule.consent_id if order.schedule else None
    for consent in found:
        if consent.scope == ConsentScope.BACKUP:
            continue
        if consent.id in (order.consent_id, scheduled) or consent.scope == ConsentScope.ALL_DUE:
            return consent
        if consent.scope == ConsentScope.ORDER and consent.order_id == str(order.id):
            return consent
    return None


def newly_covering(order: Order, *, method: UUID | None, since: datetime) -> Consent | None:
    """The consent under which an order goes on that had stopped: for the given method, else the latest given since.

    An older consent for another card is no wish to have this order charged to it.
    """
    if method is not None:
        return covering(order, method=method)
    mine = (Consent.customer == order.customer_id) & Consent.revoked_at.is_null() & (Consent.shown_at >= since)
    latest = Consent.select().where(mine).order_by(Consent.shown_at.desc(), Consent.id.desc())
    return next((found for each in latest if (found := covering(order, method=each.method_id)) is not None), None)


def backups(order: Order) -> list[Consent]:
    """The live backups of an order's customer whose method can be charged, in the order in which they are asked."""
    found = [consent for consent in _live(order) if consent.scope == ConsentScope.BACKUP]
    return sorted(found, key=lambda consent: (consent.rank or 0, consent.shown_at, consent.id))


def covering_try(order: Order, *, method: UUID) -> Consent | None:
    """A live consent for another try of this order with this method: one that covers it, or one for a backup."""
    spare = (consent for consent in backups(order) if consent.method_id == method)
    return covering(order, method=method) or next(spare, None)


def _live(order: Order) -> list[Consent]:
    usable = (PaymentMethod.customer == order.customer_id) & (PaymentMethod.state == MethodState.USABLE)
    return list(
        Consent.select(Consent, PaymentMethod)
        .join(PaymentMethod)
        .where((Consent.customer == order.customer_id) & Consent.revoked_at.is_null() & usable)
    )
