"""The methods that a merchant's person may choose for a schedule: those for which the customer has given a consent."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.methods.queries import label
from models.methods import Consent, ConsentScope, MethodState, PaymentMethod


@dataclass(frozen=True)
class Chargeable:
    """A method and the consent under which schedules may be charged to it."""

    method: UUID
    label: str
    consent: UUID


def chargeable(customer: UUID) -> list[Chargeable]:
    """One for each usable method with a live consent for schedules, the latest consent of each."""
    rows = (
        Consent.select(Consent, PaymentMethod)
        .join(PaymentMethod)
        .where(
            (Consent.customer == customer)
            & Consent.scope.in_([ConsentScope.SCHEDULES, ConsentScope.ALL_DUE])
            & Consent.revoked_at.is_null()
            & (PaymentMethod.customer == customer)
            & (PaymentMethod.state == MethodState.USABLE)
        )
        .order_by(Consent.shown_at, Consent.id)
    )
    found = {
        row.method_id: Chargeable(row.method_id, label(row.method.brand, row.method.last4), row.id) for row in rows
    }
    return list(found.values())
