"""The same card stored on both records: one of the two rows pays from now on, with all that the other one paid."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.duplicates.moves import Moves
from kit.clock import utc_now
from models.methods import BillingSchedule, Consent, MethodState, PaymentMethod
from models.orders import Order, PayIntention
from models.payments import Promise, PromiseState

_COPIED = ("scope", "order_id", "rank", "text_version", "text", "ip", "agent")


def one_of_each_card(moves: Moves, survivor: UUID, absorbed: UUID) -> None:
    """Leaves one row of each card that both have: the one that can pay, else the survivor's.

    The other row stays for its payments' sake, marked as removed here; the processor is not asked to forget it, so that
    parting the records brings it back. What it was allowed to pay is allowed to the same card under the same words.
    """
    own = {(row.gateway_account_id, row.fingerprint): row for row in _stored(survivor)}
    for other in _stored(absorbed):
        mine = own.get((other.gateway_account_id, other.fingerprint))
        if mine is None:
            continue
        better = other if other.state == MethodState.USABLE != mine.state else mine
        _stand_in(moves, better, other if better is mine else mine, utc_now())


def _stored(customer: UUID) -> list[PaymentMethod]:
    there = (PaymentMethod.customer == customer) & (PaymentMethod.state != MethodState.DETACHED)
    return list(PaymentMethod.select().where(there).order_by(PaymentMethod.id))


def _stand_in(moves: Moves, stays: PaymentMethod, gives_way: PaymentMethod, now: datetime) -> None:
    default = gives_way.is_default
    moves.keep_as_is(stays, "state")  # what becomes of it since is true of the other row as well (ended.py)
    moves.put(gives_way, state=MethodState.DETACHED, is_default=False)
    if default:
        moves.put(stays, is_default=True)
    live = (Consent.method == gives_way) & Consent.revoked_at.is_null()
    consents = {consent.id: _same_for(moves, consent, stays, now) for consent in list(Consent.select().where(live))}
    named = (Order.method == gives_way) & (Order.open > 0)
    for row in (
        *Order.select().where(named),
        *BillingSchedule.select().where(BillingSchedule.method == gives_way),
    ):
        consent = consents.get(row.consent_id)
        moves.put(row, method=stays.id, **({"consent": consent} if consent else {}))
    for row in (
        *Promise.select().where(Promise.method == gives_way, Promise.state == PromiseState.OPEN),
        *PayIntention.select().where(PayIntention.method == gives_way, PayIntention.expires_at > now),
    ):
        moves.put(row, method=stays.id)


def _same_for(moves: Moves, consent: Consent, stays: PaymentMethod, now: datetime) -> UUID:
    """The same words for the same card; the row that they were given for keeps its own, which end now."""
    copied = {name: getattr(consent, name) for name in _COPIED}
    made = Consent.create(customer=stays.customer_id, method=stays, shown_at=now, **copied)
    moves.made(made)
    moves.put(consent, revoked_at=now)
    return UUID(str(made.id))
