"""Reconciliation (protocol.md 5): what the gateway has against our books, in both directions, nightly and by command.

The gateway's list is read page by page with no unit of work open; what can be put right is asked about as a webhook
would have done; what then still differs is looked at once more, kept, and raised. Stopped at any moment, a run has
either written nothing or all of it, and the next one does the same again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.payments import hints
from domain.reconciliation import books, differences, heal
from domain.reconciliation.compare import Theirs, compare
from domain.reconciliation.differences import Found
from domain.reconciliation.picture import Camera
from integrations.gateways.base import GatewayError
from kit.clock import utc_now
from kit.deadline import Deadline, DeadlinePassed
from kit.log import log
from models.base import connected, unit_of_work
from models.merchants import GatewayAccount, Merchant

CHARGES_BACK = timedelta(days=3)
DISPUTES_BACK = timedelta(days=65)  # a bank has 60 days to return a debit; a refund fails within 30
ACCOUNT_SECONDS = 1800.0  # by command
NIGHT_SECONDS = 480.0  # of all accounts: below the time that a tick's job may take


@dataclass(frozen=True)
class Report:
    """What a run over one account saw. `healed` agree now, `open` do not; `stopped` says why it saw nothing."""

    account: UUID
    merchant: str
    since: datetime
    payments: int = 0
    refunds: int = 0
    disputes: int = 0
    foreign: int = 0
    healed: tuple[Found, ...] = ()
    open: tuple[Found, ...] = ()
    raised: int = 0
    settled: int = 0
    strays: int = 0
    stopped: str | None = None


def reconcile(gateway_account: UUID, since: datetime, *, deadline: Deadline | None = None) -> Report:
    """Compares payments since a moment, refunds and disputes since 65 days at least. Run twice it is harmless.

    Never raises because of the gateway: a run that could not see everything writes nothing and says why.
    """
    return _run(gateway_account, since, None, deadline or Deadline.within(ACCOUNT_SECONDS))


def look_again_at(gateway_account: UUID, key: tuple[str, str], *, deadline: Deadline) -> Report:
    """The same for one difference: only its object is read, by its id."""
    return _run(gateway_account, utc_now(), key, deadline)


def _run(gateway_account: UUID, since: datetime, only: tuple[str, str] | None, deadline: Deadline) -> Report:
    with connected():
        account = GatewayAccount.get_by_id(gateway_account)
        back = since if only else min(since, utc_now() - DISPUTES_BACK)
        run = _Run(account, since, back, utc_now(), deadline)
        try:
            report = run.go(only)
        except (GatewayError, DeadlinePassed) as problem:
            why = "out of time" if _is_over(deadline) else "the gateway does not answer"
            log().warning("reconciliation.stopped", account=str(account.id), why=why, problem=str(problem)[:120])
            return Report(account.id, account.merchant.slug, since, stopped=why)
    log().info("reconciliation.done", account=str(account.id), open=len(report.open), healed=len(report.healed))
    return report


def _is_over(deadline: Deadline) -> bool:
    try:
        deadline.left()
    except DeadlinePassed:
        return True
    return False


@dataclass
class _Run:
    """One run: the moments are fixed when it begins."""

    account: GatewayAccount
    since: datetime
    since_back: datetime
    started: datetime
    deadline: Deadline

    def go(self, only: tuple[str, str] | None = None) -> Report:
        camera = Camera(self.account, self.deadline)
        if only is not None:
            theirs = camera.look_again(Theirs(), [only])
        else:
            theirs = camera.take(self.since, self.since_back)
            theirs = camera.look_again(theirs, self._older(theirs))
        first = self._compare(theirs)
        heal.heal(self.account, first, theirs, self.deadline)
        doubtful = self._compare(theirs)
        theirs = camera.look_again(theirs, [found.key for found in doubtful])
        still = self._compare(theirs) if doubtful else []
        strays = heal.cancel_strays(self.account, camera.unconfirmed, self.started, self.deadline)
        raised, settled = self._keep(theirs, still)
        hints.take_up_again(self.account.id)
        left = {found.key for found in still}
        return Report(
            account=self.account.id,
            merchant=self.account.merchant.slug,
            since=self.since,
            payments=len(theirs.taken),
            refunds=len(theirs.refunds),
            disputes=len(theirs.disputes),
            foreign=camera.foreign,
            healed=tuple(found for found in first if found.key not in left),
            open=tuple(still),
            raised=raised,
            settled=settled,
            strays=strays,
        )

    def _compare(self, theirs: Theirs) -> list[Found]:
        ours = books.load(self.account, theirs, self.since, self.since_back, self.started)
        return compare(theirs, ours, self.started)

    def _older(self, theirs: Theirs) -> list[tuple[str, str]]:
        """What the lists do not reach back to: differences of earlier runs, and payments that took days."""
        late = [
            (differences.Kind.BOOKED_NOT_CAPTURED.value, ref) for ref in books.closed_late(self.account, self.since)
        ]
        by_hand = [
            (differences.Kind.CAPTURED_NOT_BOOKED.value, ref)
            for ref in books.closed_by_hand(self.account, self.started - DISPUTES_BACK)
        ]
        known = differences.keys_open(self.account)
        return [key for key in dict.fromkeys((*known, *late, *by_hand)) if key[1] not in theirs.answered]

    def _keep(self, theirs: Theirs, still: list[Found]) -> tuple[int, int]:
        """Notes what differs and settles what does not any more, all at once."""
        now, left, settled = utc_now(), {found.key for found in still}, 0
        with unit_of_work():
            raised = sum(differences.note(self.account, found, now) for found in still)
            for key in differences.keys_open(self.account):
                if key not in left and key[1] in theirs.answered:
                    differences.settle(self.account, key, now)
                    settled += 1
        return raised, settled


def accounts(merchant: str | None = None) -> list[UUID]:
    """The gateway accounts in use, and retired ones with something still open; of one merchant or of all."""
    wanted = GatewayAccount.active | books.unfinished(utc_now() - DISPUTES_BACK)
    query = GatewayAccount.select(GatewayAccount.id).join(Merchant).where(wanted)
    if merchant is not None:
        query = query.where(Merchant.slug == merchant)
    with connected():
        return [row.id for row in query.order_by(GatewayAccount.id)]


def nightly() -> str:
    """The timetable's line: every account in use, 3 days of payments, 65 of refunds and disputes.

    The first account changes from night to night, so that none is always the one that time runs out for.
    """
    now, deadline = utc_now(), Deadline.within(NIGHT_SECONDS)
    every = accounts()
    turn = now.toordinal() % max(len(every), 1)
    reports = [reconcile(each, now - CHARGES_BACK, deadline=deadline) for each in every[turn:] + every[:turn]]
    stopped = [report for report in reports if report.stopped]
    words = f"{len(reports)} accounts, {sum(len(report.open) for report in reports)} differences"
    return f"{words}, {len(stopped)} not seen: {stopped[0].stopped}" if stopped else words
