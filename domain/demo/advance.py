"""Moves the demo's one clock and the bank's day together, and does whatever becomes due on the way, hour by hour."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from domain.demo import clock
from domain.work import rounds
from domain.work.drain import drain
from domain.work.wake import Work
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _, ngettext
from models.base import connected
from models.orders import Order
from models.payments import Attempt, AttemptState, Origin, Payment, Recovery, RecoveryState
from models.work import Mail, MailState

_STEP = timedelta(hours=1)
_LONGEST = timedelta(days=92)
_SPAN = re.compile(r"(\d{1,3})\s*([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}

MoveBank = Callable[[timedelta], None]


@dataclass(frozen=True)
class Happened:
    """What happened while the clock moved, counted from the store."""

    orders: int  # made by schedules
    tries: int  # automatic payments and new tries
    came_back: int  # failed payments that were recovered
    failed: int
    settled: int  # bank debits that had been on their way
    mails: int  # handed to the inbox
    waiting: int  # mails that still wait for it

    def sentence(self) -> str:
        """In one line: `3 tries, 2 came back, 1 failed, 4 mails → inbox`."""
        parts = [
            ngettext("%(n)d try", "%(n)d tries", self.tries) % {"n": self.tries},
            _("%(n)d came back") % {"n": self.came_back},
            _("%(n)d failed") % {"n": self.failed} if self.failed else "",
            ngettext("%(n)d bank debit settled", "%(n)d bank debits settled", self.settled) % {"n": self.settled}
            if self.settled
            else "",
            ngettext("%(n)d new bill", "%(n)d new bills", self.orders) % {"n": self.orders} if self.orders else "",
            ngettext("%(n)d mail → inbox", "%(n)d mails → inbox", self.mails) % {"n": self.mails},
            ngettext("%(n)d mail waits for it", "%(n)d mails wait for it", self.waiting) % {"n": self.waiting}
            if self.waiting
            else "",
        ]
        return ", ".join(part for part in parts if part)

    def figures(self) -> dict[str, int]:
        """As plain numbers."""
        return asdict(self)


def span(text: str) -> timedelta:
    """`3h`, `1d` or `2w` as a time. Raises DomainError for anything else, and for more than 92 days."""
    found = _SPAN.fullmatch(text.strip())
    length = int(found[1]) * _UNITS[found[2]] if found else timedelta(0)
    if not timedelta(0) < length <= _LONGEST:
        raise DomainError(
            _("“%(text)s” is no time to move by. Write it like 3h, 1d or 2w; 92 days at most.") % {"text": text}
        )
    return length


def behind() -> timedelta:
    """By how much the demo's time is behind real time; zero when it is not."""
    return max(-clock.offset(), timedelta(0))


def advance(
    by: timedelta,
    *,
    move_bank: MoveBank,
    watch: Callable[[float], None] = lambda _share: None,
    leave: frozenset[Work] = frozenset(),
) -> Happened:
    """Moves both clocks on, an hour at a time, and does what is due after each. `watch` gets 0 to 1.

    Workers that run at the same time do part of it; each row is done once. `leave` is work that stays due: mail while
    the inbox rests. Raises GatewayUnreachable when the bank's
    day cannot be moved: then neither has moved further than the last hour said.
    """
    with connected():
        since, moved = utc_now(), timedelta(0)
        while moved < by:
            step = min(_STEP, by - moved)
            ahead = clock.offset() + step
            move_bank(ahead)
            clock.set_offset(ahead)
            drain(leave=leave)
            if Work.MAIL in leave:
                _mails_wait()
            rounds.note(utc_now())
            moved += step
            watch(moved / by)
        return _happened(since)


def _mails_wait() -> None:
    """They are due when somebody is there to take them: now is as good as any time that passed without an inbox."""
    Mail.update(due_at=utc_now()).where(Mail.state == MailState.DUE, Mail.due_at < utc_now()).execute()


def _happened(since: datetime) -> Happened:
    unattended = Payment.origin.in_([Origin.AUTOMATIC, Origin.RETRY])
    tries = Attempt.select().join(Payment).where(Attempt.reserved_at >= since, unattended)
    closed = Attempt.select().join(Payment).where(Attempt.closed_at >= since, unattended)
    mails = Mail.select().where(Mail.state == MailState.SENT, Mail.sent_at >= since)
    return Happened(
        orders=Order.select().where(Order.created_at >= since, Order.schedule.is_null(False)).count(),
        tries=tries.count(),
        came_back=Recovery.select()
        .where(Recovery.state == RecoveryState.RECOVERED, Recovery.closed_at >= since)
        .count(),
        failed=closed.where(Attempt.state == AttemptState.FAILED).count(),
        settled=closed.where(Attempt.state == AttemptState.SUCCEEDED, Attempt.final_on.is_null(False)).count(),
        mails=mails.count(),
        waiting=Mail.select().where(Mail.state == MailState.DUE).count(),
    )
