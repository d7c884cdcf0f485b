"""A method stands in when another one has failed: switched on with words that are kept, and off again at any time."""

from __future__ import annotations

from uuid import UUID

from domain.events.record import Actor, record
from domain.methods.consent import backup_text, give_backup
from domain.methods.queries import method_of
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.customers import Customer
from models.methods import Consent, ConsentScope


def switch_on(*, customer: UUID, method: UUID, ip: str = "", agent: str = "") -> str:
    """Lets the method stand in, last among the backups; returns what it is called. Harmless twice.

    Raises NotFound (not this customer's), DomainError when it cannot be charged now.
    """
    with unit_of_work():
        known = method_of(customer, method)
        if known is None:
            raise NotFound(_("That payment method is not there any more."))
        if not known.fit:
            raise DomainError(_("%(method)s cannot pay just now. Choose another one.") % {"method": known.label})
        if not Consent.select().where(_live(customer, method)).exists():
            merchant = Customer.get_by_id(customer).merchant
            give_backup(customer=customer, method=method, text=backup_text(merchant.name), ip=ip, agent=agent)
            record("method.backup_on", merchant=merchant.id, actor=Actor.CUSTOMER, customer=customer, subject=method)
        return known.label


def switch_off(*, customer: UUID, method: UUID) -> str:
    """It stands in for nothing from now on; returns what it is called. Harmless twice. Raises NotFound."""
    with unit_of_work():
        known = method_of(customer, method)
        if known is None:
            raise NotFound(_("That payment method is not there any more."))
        if Consent.update(revoked_at=utc_now()).where(_live(customer, method)).execute():
            merchant = Customer.get_by_id(customer).merchant_id
            record("method.backup_off", merchant=merchant, actor=Actor.CUSTOMER, customer=customer, subject=method)
        return known.label


def _live(customer: UUID, method: UUID) -> object:
    mine = (Consent.customer == customer) & (Consent.method == method) & Consent.revoked_at.is_null()
    return mine & (Consent.scope == ConsentScope.BACKUP)
