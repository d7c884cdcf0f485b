"""Making two records of one person one (cases.md 72 to 75).

The survivor keeps its name, contact and default method; what it lacks it takes from the other. Everything else goes
over in one transaction: orders, payments, recoveries, promises, schedules, methods, consents, credit, mails, notes. The
absorbed record stays, empty, and points at the survivor; both e-mail addresses still sign in.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from domain.customers.folded import refold
from domain.duplicates.cards import one_of_each_card
from domain.duplicates.credit import carry_credit
from domain.duplicates.moves import OWNED, Moves
from domain.duplicates.tries import plan_anew
from domain.duplicates.under_way import refuse_while_under_way
from domain.events.record import Actor, record
from domain.orders.locks import lock_orders
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from models.base import locked, require_unit_of_work, unit_of_work
from models.console import DuplicatePair, Merge
from models.customers import Access, AccessSource, Address, Customer
from models.methods import BillingSchedule, Consent, ConsentScope, PaymentMethod
from models.orders import Order

UNDO = timedelta(days=30)
_TAKEN_WHERE_MISSING = ("email", "phone")


def merge(*, merchant: UUID, survivor: UUID, absorbed: UUID, staff: UUID) -> UUID:
    """Merges `absorbed` into `survivor` and returns the merge's id; the same press again finds the same merge.

    Raises NotFound (not both this merchant's), DomainError (one and the same), Conflict (one of them was merged with
    another record, or money is under way on either: wait until its outcome is known).
    """
    if survivor == absorbed:
        raise DomainError(_("These are one and the same record. Choose two."))
    with unit_of_work():
        kept, gone = lock_both(merchant, survivor, absorbed)
        if gone.merged_into_id == survivor:
            done = Merge.select().where(Merge.absorbed == absorbed, Merge.undone_at.is_null()).get()
            return UUID(str(done.id))
        if kept.merged_into_id or gone.merged_into_id:
            raise Conflict(_("One of these records was merged with another one meanwhile. Open the list again."))
        refuse_while_under_way(survivor, absorbed)
        made = Merge.create(
            merchant=merchant,
            survivor=survivor,
            absorbed=absorbed,
            staff=staff,
            made_at=utc_now(),
            undo_until=utc_now() + UNDO,
        )
        _move_everything(made, kept, gone)
        DuplicatePair.delete().where(
            DuplicatePair.one.in_((survivor, absorbed)) | DuplicatePair.other.in_((survivor, absorbed))
        ).execute()
        for customer in (survivor, absorbed):
            record(
                "customer.merged",
                merchant=merchant,
                actor=Actor.STAFF,
                actor_id=staff,
                customer=customer,
                subject=made.id,
                facts={"survivor": str(survivor), "absorbed": str(absorbed)},
            )
        return UUID(str(made.id))


def lock_both(merchant: UUID, one: UUID, other: UUID) -> tuple[Customer, Customer]:
    """Both records, with all their orders and schedules, locked until the commit: in the order of all money work.

    A payment that is being reserved holds its orders and is seen; one that comes later finds the orders moved.
    """
    require_unit_of_work()
    both = (one, other)
    lock_orders([row.id for row in Order.select(Order.id).where(Order.customer.in_(both))])
    list(locked(BillingSchedule.select().where(BillingSchedule.customer.in_(both)).order_by(BillingSchedule.id)))
    mine = locked(Customer.select().where(Customer.merchant == merchant, Customer.id.in_(both)).order_by(Customer.id))
    found = {row.id: row for row in mine}
    if len(found) != len(both):
        raise NotFound(_("One of these records is not there any more."))
    return found[one], found[other]


def _move_everything(made: Merge, kept: Customer, gone: Customer) -> None:
    moves = Moves(made.id)
    move_rows(moves, kept, gone)
    _addresses(moves, kept, gone)
    _accesses(moves, kept, gone)
    missing = {name: getattr(gone, name) for name in _TAKEN_WHERE_MISSING if not getattr(kept, name)}
    later = max(filter(None, (kept.tries_paused_until, gone.tries_paused_until)), default=None)
    moves.put(kept, **missing, tries_paused_until=later)
    moves.put(gone, merged_into=kept.id)
    refold([kept.id])
    carry_credit(made)
    plan_anew([kept.id], utc_now())


def move_rows(moves: Moves, kept: Customer, gone: Customer) -> int:
    """All rows that go over with their customer, their payment methods made to fit; returns how many. Locked rows."""
    _defaults(moves, kept, gone)
    one_of_each_card(moves, kept.id, gone.id)
    _backups_behind(moves, kept, gone)
    return sum(len(moves.all_of(table, column, gone.id, kept.id)) for table, column in OWNED)


def _defaults(moves: Moves, kept: Customer, gone: Customer) -> None:
    """Case 73: the survivor's default wins; the other one stays as a plain method."""
    has_one = PaymentMethod.select().where(PaymentMethod.customer == kept, PaymentMethod.is_default).exists()
    for method in list(PaymentMethod.select().where(PaymentMethod.customer == gone)):
        if has_one and method.is_default:
            moves.put(method, is_default=False)
        else:
            moves.keep_as_is(method, "is_default")


def _backups_behind(moves: Moves, kept: Customer, gone: Customer) -> None:
    """The survivor's backups are asked first, in their order, then the other's."""
    last = max((consent.rank or 0 for consent in _backups(kept)), default=0)
    for consent in _backups(gone) if last else ():
        moves.put(consent, rank=(consent.rank or 0) + last)


def _backups(customer: Customer) -> list[Consent]:
    live = (Consent.scope == ConsentScope.BACKUP) & Consent.revoked_at.is_null()
    return list(Consent.select().where(Consent.customer == customer, live))


def _addresses(moves: Moves, kept: Customer, gone: Customer) -> None:
    has = {row.kind for row in Address.select(Address.kind).where(Address.customer == kept)}
    for address in list(Address.select().where(Address.customer == gone)):
        if address.kind not in has:
            moves.put(address, customer=kept.id)


def _accesses(moves: Moves, kept: Customer, gone: Customer) -> None:
    """Whoever could act for either can act for the survivor, whatever becomes of the e-mail addresses."""
    there = {row.account_id: row for row in Access.select().where(Access.customer == kept)}
    for access in list(Access.select().where(Access.customer == gone, Access.revoked_at.is_null())):
        own = there.get(access.account_id)
        if own is None:
            moves.put(access, customer=kept.id, source=AccessSource.MERGE)
            continue
        if own.revoked_at is not None:
            moves.put(own, revoked_at=None, source=AccessSource.MERGE)
        moves.put(access, revoked_at=utc_now())
