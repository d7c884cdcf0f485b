"""What ended while two records were one has ended for both: parting them revives nothing.

The row of a card that gave way stands for the same card as the one that stayed. Whoever removed that card, took its
consent back or lost the access meant both, and what a bank has declined for good it has declined on either row.
"""

from __future__ import annotations

from uuid import UUID

from domain.duplicates.follow import ids_of
from domain.duplicates.moves import made_by, moved
from kit.clock import utc_now
from models.base import Row
from models.console import Merge, MergeMove
from models.customers import Access, AccessSource, Account, Customer
from models.methods import Consent, MethodState, PaymentMethod

_Left = set[tuple[type[Row], UUID, str]]


def stays_ended(merge: Merge) -> _Left:
    """The columns that parting leaves as they are, because their owner has ended since what they say."""
    left: _Left = set()
    for gave_way, stayed in _pairs(merge):
        if stayed.state == MethodState.DETACHED:
            left |= {(PaymentMethod, gave_way.id, "state"), (PaymentMethod, gave_way.id, "is_default")}
    copies = Consent.select().where(Consent.id.in_(made_by(merge.id, Consent)), Consent.revoked_at.is_null(False))
    taken_back = {_words(copy) for copy in copies}
    before = Consent.select().where(Consent.id.in_(moved(merge.id, Consent, "revoked_at")))
    left |= {(Consent, row.id, "revoked_at") for row in before if _words(row) in taken_back}
    survivors = Access.select(Access.account).where(Access.customer == merge.survivor, Access.revoked_at.is_null(False))
    lost = Access.select().where(
        Access.id.in_(moved(merge.id, Access, "revoked_at")),
        Access.customer == merge.absorbed,
        Access.account.in_(survivors),
    )
    return left | {(Access, row.id, "revoked_at") for row in lost}


def pass_on_refusals(merge: Merge) -> None:
    """A card that its bank has refused for good since, or an account that it has closed, is so on both records."""
    for gave_way, stayed in _pairs(merge):
        if gave_way.state == MethodState.USABLE and stayed.state in (MethodState.DECLINED, MethodState.BLOCKED):
            values = {"state": stayed.state, "state_reason": stayed.state_reason}
            PaymentMethod.update(**values).where(PaymentMethod.id == gave_way.id).execute()


def own_mailboxes_back(merge: Merge) -> None:
    """Who was let in since because of the absorbed record's mailbox acts for that record, and not for the survivor."""
    mailboxes = Customer.select(Customer.email).where(Customer.id.in_(ids_of(merge.absorbed_id)), Customer.email != "")
    since = Access.select(Access, Account).join(Account)
    for access in list(
        since.where(
            Access.customer == merge.survivor,
            Access.source == AccessSource.MERGE,
            Access.revoked_at.is_null(),
            Access.granted_at >= merge.made_at,
            Account.email.in_(mailboxes),
            Account.email != Customer.get_by_id(merge.survivor_id).email,
        )
    ):
        there = Access.select().where(Access.account == access.account, Access.customer == merge.absorbed).exists()
        values = {"revoked_at": utc_now()} if there else {"customer": merge.absorbed_id}
        Access.update(**values).where(Access.id == access.id).execute()


def _pairs(merge: Merge) -> list[tuple[PaymentMethod, PaymentMethod]]:
    """The rows of each card that both had: the one that gave way, and the one that stayed."""
    mine = (MergeMove.merge == merge) & (MergeMove.table_name == PaymentMethod._meta.table_name)
    states = {UUID(move.row_id): move.after for move in MergeMove.select().where(mine, MergeMove.column == "state")}
    rows = list(PaymentMethod.select().where(PaymentMethod.id.in_(list(states))))
    gone = {(row.gateway_account_id, row.fingerprint): row for row in rows if states[row.id] == MethodState.DETACHED}
    return [
        (gone[card], row)
        for row in rows
        if states[row.id] != MethodState.DETACHED and (card := (row.gateway_account_id, row.fingerprint)) in gone
    ]


def _words(consent: Consent) -> tuple[str, str | None, str]:
    return consent.scope, consent.order_id, consent.text
