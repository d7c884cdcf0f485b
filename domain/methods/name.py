"""What a customer calls a payment method."""

from __future__ import annotations

import unicodedata
from uuid import UUID

from domain.events.record import Actor, record
from kit.errors import DomainError, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.methods import MethodState, PaymentMethod

LONGEST = 40
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")  # Unicode UAX 9


def rename(*, customer: UUID, method: UUID, nickname: str) -> str:
    """Gives a method the customer's own name, or takes it away with an empty one; returns it as it is kept.

    Raises NotFound (not this customer's), DomainError for one of more than 40 characters.
    """
    kept = _clean(nickname)
    if len(kept) > LONGEST:
        raise DomainError(_("Use at most %(n)d characters.") % {"n": LONGEST}, field="nickname")
    with unit_of_work():
        mine = (PaymentMethod.customer == customer) & (PaymentMethod.state != MethodState.DETACHED)
        row = PaymentMethod.get_or_none((PaymentMethod.id == method) & mine)
        if row is None:
            raise NotFound(_("That payment method is not there any more."))
        if kept != row.nickname:
            PaymentMethod.update(nickname=kept).where(PaymentMethod.id == method).execute()
            record("method.renamed", merchant=row.gateway_account.merchant_id, actor=Actor.CUSTOMER,
                   customer=customer, subject=row.id)  # fmt: skip
    return kept


def _clean(text: str) -> str:
    """One line, without signs that cannot be seen or that turn the direction of what follows."""
    seen = (" " if char.isspace() else char for char in text)
    kept = (char for char in seen if unicodedata.category(char) not in {"Cc", "Cs", "Co"} and char not in _TURNING)
    return " ".join("".join(kept).split())
