"""Which method is offered first."""

from __future__ import annotations

from uuid import UUID

from domain.events.record import Actor, record
from domain.methods.queries import method_view
from domain.orders.locks import lock_credit
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.methods import MethodState, PaymentMethod


def make_default(*, customer: UUID, method: UUID) -> str:
    """Makes a method the customer's default and returns what it is called.

    Raises NotFound (not this customer's), DomainError for one that cannot pay by now (unverified, declined, expired).
    """
    with unit_of_work():
        lock_credit(customer)  # a removal that is under way goes first: the default is not given to what is gone
        mine = (PaymentMethod.customer == customer) & (PaymentMethod.state != MethodState.DETACHED)
        row = PaymentMethod.get_or_none((PaymentMethod.id == method) & mine)
        if row is None:
            raise NotFound(_("That payment method is not there any more."))
        view = method_view(row, today=utc_now().date())
        if not view.fit:
            raise DomainError(_("%(method)s cannot pay just now. Choose another one.") % {"method": view.label})
        PaymentMethod.update(is_default=False).where(
            (PaymentMethod.customer == customer) & PaymentMethod.is_default
        ).execute()
        PaymentMethod.update(is_default=True).where(PaymentMethod.id == method).execute()
        record("method.made_default", merchant=row.gateway_account.merchant_id, actor=Actor.CUSTOMER,
               customer=customer, subject=row.id)  # fmt: skip
        return view.label
