"""The refunds' counter, and what banks do to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain.disputes.record import hint
from models.payments import Dispute
from tests.payments.conftest import shop
from tests.refunds.conftest import Counter, counter

__all__ = ["complain", "counter", "decide_at_network", "return_late", "shop"]


def complain(counter: Counter, payment: UUID, **more: Any) -> str:
    """The card's holder disputes a payment; returns the dispute's id at the gateway. Nobody has told us yet."""
    intent = counter.intent(payment)
    counter.control(disputes=[{"charge": intent, "reason": "fraudulent", **more}])
    return _latest(counter, intent)


def return_late(counter: Counter, payment: UUID, code: str) -> Dispute:
    """A settled bank debit comes back with that code, and we are told."""
    intent = counter.intent(payment)
    counter.control(disputes=[{"charge": intent, "return": code}])
    ref = _latest(counter, intent)
    assert hint(counter.account.id, ref)
    row: Dispute = Dispute.get(Dispute.gateway_ref == ref)
    return row


def decide_at_network(counter: Counter, ref: str, status: str) -> None:
    """The card network decides, `won` or `lost`. Nobody has told us yet."""
    counter.control(disputes=[{"id": ref, "status": status}])


def _latest(counter: Counter, intent: str) -> str:
    found = counter.shop.sandbox.world.store.every("dispute", parent=intent)
    return str(found[-1].id)
