"""A customer's credit goes over by a journal, and back by another: the ledger is never rewritten."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from peewee import fn

from domain.ledger import post as ledger
from domain.ledger.balance import usable_credit
from kit.clock import utc_now
from kit.money import Money
from models.base import require_unit_of_work
from models.console import Merge
from models.ledger import Journal, Posting

_OVER, _BACK = "merge", "merge_undone"


def carry_credit(merge: Merge) -> None:
    """The absorbed record's balance, whatever its sign, becomes the survivor's."""
    require_unit_of_work()
    lines = []
    for currency, held in _balances(ledger.credit(merge.absorbed_id)):
        lines += _from(merge.absorbed_id, merge.survivor_id, Money(held, currency))
    _post(merge, _OVER, lines)


def carried(merge: Merge) -> list[Money]:
    """What went over to the survivor, by currency; negative is what the customer had got too much."""
    journal = Journal.get_or_none(Journal.kind == _OVER, Journal.source == str(merge.id))
    if journal is None:
        return []
    lines = Posting.select().where(Posting.journal == journal, Posting.account == ledger.credit(merge.survivor_id))
    return [Money(-line.amount, line.currency) for line in lines]


def is_spent(merge: Merge) -> bool:
    """Whether the survivor has used so much credit that what came over could not go back whole."""
    return any(
        usable_credit(merge.survivor_id, amount.currency).minor < amount.minor
        for amount in carried(merge)
        if amount.minor > 0
    )


def is_used_on(merge: Merge, orders: Collection[UUID]) -> bool:
    """Whether the survivor's credit and one of these orders have moved together since the merge."""
    since = Journal.select(Journal.id).where(Journal.merchant == merge.merchant_id, Journal.at >= merge.made_at)
    credited = Posting.select(Posting.journal).where(
        Posting.account == ledger.credit(merge.survivor_id), Posting.journal.in_(since)
    )
    owed = Posting.account.in_([ledger.receivable(order) for order in orders])
    return bool(Posting.select().where(owed, Posting.journal.in_(credited)).exists())


def return_credit(merge: Merge) -> None:
    """What came over goes back."""
    require_unit_of_work()
    lines = []
    for amount in carried(merge):
        lines += _from(merge.survivor_id, merge.absorbed_id, Money(-amount.minor, amount.currency))
    _post(merge, _BACK, lines)


def _from(giver: UUID, taker: UUID, balance: Money) -> list[tuple[str, Money]]:
    """Lines that empty an account of this balance (credits are negative) into the other."""
    emptied = Money(-balance.minor, balance.currency)
    return [(ledger.credit(giver), emptied), (ledger.credit(taker), balance)]


def _post(merge: Merge, kind: str, lines: list[tuple[str, Money]]) -> None:
    if lines:
        ledger.post(merchant=merge.merchant_id, kind=kind, source=str(merge.id), at=utc_now(), lines=lines)


def _balances(account: str) -> list[tuple[str, int]]:
    query: Any = (
        Posting.select(Posting.currency, fn.SUM(Posting.amount))
        .where(Posting.account == account)
        .group_by(Posting.currency)
        .having(fn.SUM(Posting.amount) != 0)
        .tuples()
    )
    return [(currency, int(held)) for currency, held in query]
