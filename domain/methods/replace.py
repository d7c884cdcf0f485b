"""Adding a card in the place of another one: a card for a card, a bank account for a bank account (cases.md 19)."""

from __future__ import annotations

from uuid import UUID

from domain.methods import visit
from domain.methods.queries import method_of
from domain.payments.intention import Buyer
from integrations.gateways.base import MethodKind
from kit.errors import DomainError, NotFound
from kit.i18n import _


def begin(*, buyer: Buyer, method: UUID, kind: MethodKind) -> str:
    """Begins the visit on which the new one is added and returns its handle. The old one stays until it is removed.

    Raises NotFound (not this customer's), DomainError when the two are not of one kind.
    """
    known = method_of(buyer.customer, method)
    if known is None:
        raise NotFound(_("That payment method is not there any more."))
    if known.kind != kind:
        if known.is_bank:
            raise DomainError(_("A card cannot take the place of a bank account. Add the card beside it."))
        raise DomainError(_("Bank details cannot take the place of a card. Add a bank account beside it."))
    return visit.begin_without_paying(buyer=buyer, replaces=method)
