"""Reads behind the page of limits, and the line that other pages show while automatic payments wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import JOIN

from domain.accounts.viewer import MerchantFacts
from domain.compliance.brakes import group_of
from domain.compliance.cards import Cards, accounts_of, cards
from domain.compliance.returns import gauges_of
from domain.compliance.terms import Gauge, Group, What
from domain.merchants.policy import policy_of
from domain.operations import stops
from models.console import Brake
from models.merchants import GatewayAccount, Merchant, Staff

_SHOWN = 5  # brakes that were lifted
_ACCOUNTS = 2  # a merchant has one; more only while it moves from one to another


@dataclass(frozen=True)
class Stopped:
    """A brake that is set, or was: what set it, and who lifted it why."""

    id: UUID
    account: str
    since: datetime
    group: Group
    returns: int
    debits: int
    lifted_at: datetime | None
    lifted_by: str
    lifted_why: str


@dataclass(frozen=True)
class Waiting:
    """What keeps the clock from charging: an operator who has suspended all of it, and the brakes that are set."""

    suspended: bool
    stopped: tuple[Stopped, ...]


@dataclass(frozen=True)
class AccountGauges:
    """The return rates of one processor account."""

    account: str
    gauges: tuple[Gauge, ...]


@dataclass(frozen=True)
class Limits:
    """The page."""

    cards: Cards
    banks: tuple[AccountGauges, ...]
    stopped: tuple[Stopped, ...]
    lifted: tuple[Stopped, ...]
    brake_at: int


def limits(merchant: MerchantFacts, now: datetime) -> Limits:
    """Everything that the page of limits shows. Ten queries, and three for a second processor account."""
    accounts = accounts_of(merchant.id)[:_ACCOUNTS]
    brakes, brake_at = _brakes(merchant.id), policy_of(merchant.id).brake_at
    return Limits(
        cards=cards(merchant.id, now),
        banks=tuple(
            AccountGauges(account.external_id, gauges_of(account, now, brake_at=brake_at)) for account in accounts
        ),
        stopped=tuple(each for each in brakes if each.lifted_at is None),
        lifted=tuple(each for each in brakes if each.lifted_at is not None)[:_SHOWN],
        brake_at=brake_at,
    )


def waiting(merchant: UUID, now: datetime) -> Waiting:
    """What keeps the clock from charging: *Today* and *Recovery* say so. One query."""
    held = (Brake.merchant == Merchant.id) & (Brake.what == What.BANK_DEBITS) & Brake.lifted_at.is_null()
    rows: Any = (
        Merchant.select(Merchant.id, stops.of_merchant(Merchant.id, now).alias("suspended"), Brake, GatewayAccount)
        .join(Brake, JOIN.LEFT_OUTER, on=held, attr="brake")
        .join(GatewayAccount, JOIN.LEFT_OUTER)
        .where(Merchant.id == merchant)
        .order_by(Brake.set_at.desc())
        .limit(_SHOWN * 2)
    )
    found = list(rows)
    set_now = tuple(_stopped(row.brake) for row in found if getattr(row, "brake", None) is not None)
    return Waiting(any(row.suspended for row in found), set_now)


def _brakes(merchant: UUID) -> list[Stopped]:
    mine = (Brake.merchant == merchant) & (Brake.what == What.BANK_DEBITS)
    rows = (
        Brake.select(Brake, GatewayAccount.external_id, Staff.name)
        .join(GatewayAccount)
        .switch(Brake)
        .join(Staff, JOIN.LEFT_OUTER, on=Brake.lifted_by)
        .where(mine)
        .order_by(Brake.set_at.desc())
        .limit(_SHOWN * 2)
    )
    return [_stopped(row) for row in rows]


def _stopped(row: Brake) -> Stopped:
    group, returns, debits = group_of(row)
    return Stopped(
        id=row.id,
        account=row.gateway_account.external_id,
        since=row.set_at,
        group=group,
        returns=returns,
        debits=debits,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by.name if row.lifted_by else "",
        lifted_why=row.lifted_why,
    )
