"""Alex, twice: as the shop knows them and as the gym's old list did, with a bit of everything on either side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.duplicates.merge import merge
from domain.duplicates.undo import Parted, undo
from domain.work.due import due
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import Stopped, utc_now
from models.customers import Account, Customer
from models.merchants import Merchant, Staff
from sandbox.inprocess import InProcess
from tests import factory


@dataclass
class Twins:
    """Two records of one person at one merchant, and the merchant's Kim who works with them."""

    clock: Stopped
    sandbox: InProcess
    house: Merchant
    one: Customer
    other: Customer
    account: Account
    second: Account
    kim: Staff

    def merge(self, **values: Any) -> UUID:
        """`one` survives."""
        ids = {"survivor": self.one.id, "absorbed": self.other.id} | values
        return merge(merchant=self.house.id, staff=self.kim.id, **ids)

    def undo(self, which: UUID) -> Parted:
        return undo(merchant=self.house.id, merge=which, staff=self.kim.id)

    def pass_time(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))
        self.sandbox.control(now=self.clock.at.isoformat())

    def work(self) -> None:
        """All money work that is due."""
        for row in due(utc_now()):
            if row.kind in (Work.ATTEMPT, Work.COLLECT, Work.RETRY, Work.SCHEDULE):
                perform(row.kind, row.id)


@pytest.fixture
def twins(store: str, clock: Stopped, sandbox: InProcess, ledger_holds: None) -> Twins:
    house = factory.merchant()
    one = factory.customer(house, name="Alex Morgan", email="alex@example.com")
    other = factory.customer(house, name="Morgan, Alex", email="a.morgan@work.example")
    return Twins(
        clock, sandbox, house, one, other, factory.account(one), factory.account(other), factory.staff(of=house)
    )
