"""The customer record that an account may act for: asked in every query of one's own details."""

from __future__ import annotations

from uuid import UUID

from kit.errors import NotFound
from kit.i18n import _
from models.base import locked, require_unit_of_work
from models.customers import Access, Customer


def reached_customer(account: UUID, customer: UUID) -> Customer:
    """The record, locked, in a unit of work. Raises NotFound when the account may not act for it."""
    require_unit_of_work()
    reach = Access.select(Access.customer).where(
        Access.account == account, Access.customer == customer, Access.revoked_at.is_null()
    )
    row: Customer | None = locked(Customer.select().where(Customer.id.in_(reach))).first()
    if row is None:
        raise NotFound(_("This customer record is not yours to change."))
    return row
