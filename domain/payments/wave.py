"""A wave: the automatic charges of one merchant's processor account, batch after batch, at the account's pace.

Each row goes through the one charge path, which re-checks it: a row that is done, held or dropped meanwhile costs
nothing but a look. A worker that dies leaves its rows leased; they are due again when the lease ends.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from peewee import InterfaceError, OperationalError

from domain.operations import stops
from domain.payments import pace
from domain.payments.claims import Claimed, claim, give_back
from domain.work.perform import perform
from domain.work.wake import Work, wake
from kit.clock import utc_now
from kit.log import log
from models.base import connected
from models.merchants import GatewayAccount

BATCH = 50
BUDGET = timedelta(seconds=3)  # then whatever else waits in the queue has its turn
_AHEAD = timedelta(seconds=1)  # no slot further ahead is taken: a worker waits no longer, and few go unused
_FIRST = 5  # slots at a time, while it is not known how long a charge takes


def work_through(
    account_id: UUID,
    *,
    budget: timedelta = BUDGET,
    wait: Callable[[float], None] = time.sleep,
    keep_on: Callable[[], bool] = lambda: True,
) -> None:
    """Charges what is due for an account until nothing is, its pace is taken, the budget is spent, or it is stopped.

    Harmless when others do the same: rows and slots are claimed. More than one batch calls another worker in, and
    what is left when the time is up has its hint. `wait` is given seconds.
    """
    with connected():
        account = GatewayAccount.get_or_none((GatewayAccount.id == account_id) & GatewayAccount.active)
        wave = _Wave(account_id, utc_now() + budget, wait, lambda: keep_on() and not _is_stopped(account))
        helped = more = False
        while account is not None and wave.may_go_on():
            rows = claim(account.merchant_id, limit=BATCH, now=utc_now())
            if len(rows) == BATCH and not helped:
                wake(Work.WAVE, account_id)
                helped = True
            left = wave.charge(rows)
            more = bool(left) or len(rows) == BATCH
            if left:
                give_back(left)
            if left or not more:
                break
    if more and wave.made:  # one that got no slot leaves it to the clock, which waits until there is one
        wake(Work.WAVE, account_id)


def _is_stopped(account: GatewayAccount | None) -> bool:
    now = utc_now()
    suspended = account is not None and stops.merchant_suspended(account.merchant_id, now)
    return suspended or Work.WAVE in stops.stopped_kinds(now)


class _Wave:
    """One worker's part: how long it may go on, and what it has seen of how long its charges take."""

    def __init__(
        self, account: UUID, until: datetime, wait: Callable[[float], None], keep_on: Callable[[], bool]
    ) -> None:
        self._account, self._until, self._wait, self._keep_on = account, until, wait, keep_on
        self._spent = timedelta(0)
        self.made = 0

    def may_go_on(self) -> bool:
        """Whether there is time for another charge."""
        return utc_now() < self._until and self._keep_on()

    def charge(self, rows: list[Claimed]) -> list[Claimed]:
        """Charges row after row, each at its slot; returns those that were not begun."""
        rest = deque(rows)
        while rest:
            slots = self._slots(len(rest))
            for slot in slots:
                if not self.may_go_on():
                    return list(rest)
                self._keep_to(slot)
                self._one(rest.popleft())
            if not slots:
                break
        return list(rest)

    def _slots(self, most: int) -> list[datetime]:
        """So many as are likely to be used at their time."""
        now = utc_now()
        mean = self._spent // self.made if self.made else _AHEAD // _FIRST
        wanted = min(most, max(_AHEAD // mean, 1) if mean else most)
        return pace.take(self._account, wanted=wanted, now=now, until=min(now + _AHEAD, self._until))

    def _keep_to(self, slot: datetime) -> None:
        early = slot - utc_now()
        if early > timedelta(0):
            self._wait(early.total_seconds())

    def _one(self, row: Claimed) -> None:
        """One row's trouble is its own: it stays leased and is tried again when that ends. The store's is ours."""
        begun = utc_now()
        try:
            perform(row.kind, row.id)
        except (OperationalError, InterfaceError):
            raise
        except Exception as problem:
            log().error("wave.row_failed", kind=row.kind, id=str(row.id), error=type(problem).__name__, exc_info=True)
        self.made += 1
        self._spent += utc_now() - begun
