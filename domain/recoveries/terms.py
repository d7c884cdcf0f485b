"""What a plan is made of: the case with its failures, methods and promise, and what comes out, a next try or a stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.merchants.policy import Policy
from domain.recoveries.declines import Verdict
from domain.recoveries.slots import Slot
from kit.calendar import at_local_hour, local_day

BROKEN_MOST = 3  # so many broken promises on an order end the offer to make one


class Rule(StrEnum):
    """What chose the moment of a try."""

    POLICY = "policy"  # the merchant's spacing
    PAYDAY = "payday"  # moved to a day on which money usually arrives
    BANKING_DAY = "banking_day"  # moved to a day on which banks work
    WAIT = "wait"  # the network asked to wait
    NETWORK = "network"  # the card has no try left before
    BACKUP = "backup"  # another method, with the customer's consent
    PROMISE = "promise"  # the day that the customer named
    OUTAGE = "outage"  # the processor could not be asked
    PAUSED = "paused"  # the merchant has paused this customer's tries until that day
    STOPPED = "stopped"  # automatic bank debits are stopped: asked again that day


class Why(StrEnum):
    """Why no try is planned."""

    SETTLED = "settled"  # nothing is owed any more
    EXHAUSTED = "exhausted"  # the budget or the window has ended
    METHOD = "method"  # the method cannot be used; armed again by a new one
    CONFIRM = "confirm"  # the bank wants the person
    NETWORK = "network"  # no try is left on the card within the window
    PROMISE = "promise"  # the customer has named a day
    CONSENT = "consent"  # nothing may be charged unattended
    AMOUNT = "amount"  # a returned debit is presented again only as it was
    TOO_SMALL = "too_small"  # carried to the next payment
    AHEAD = "ahead"  # the order's first automatic try is still to come
    REFUSED = "refused"  # the processor refuses to be asked
    MERCHANT = "merchant"  # one of the merchant's people has stopped the tries


@dataclass(frozen=True)
class Failure:
    """One "no" on this obligation. `automatic`: the clock's try, first or later; else somebody's own."""

    at: datetime
    method: UUID
    verdict: Verdict
    amount: int
    automatic: bool
    superseded: bool = False  # the method has worked, or was added again, since


@dataclass(frozen=True)
class Method:
    """A method that may come into question. `barred`: why it may not be charged unattended now, if it may not.

    `declines` are the card's at this processor account, over all of the customer's obligations.
    """

    id: UUID
    brand: str
    bank: bool
    barred: Why | None = None
    declines: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Promised:
    """An open promise: the day, what is charged then if the customer wants that, and whether it was tried already."""

    day: date
    method: UUID | None = None
    tried: bool = False


@dataclass(frozen=True)
class Case:
    """All that a plan depends on. `methods`: the primary first, then the backups by rank. Amounts in minor units."""

    opened_at: datetime
    failures: tuple[Failure, ...]  # the oldest first
    methods: tuple[Method, ...]
    open: int
    least: int  # the processor's minimum
    policy: Policy
    zone: str
    hour: int
    now: datetime
    promised: Promised | None = None
    draw: int = 0
    paused_until: date | None = None  # the merchant wants no automatic try of this customer before that day

    @property
    def made(self) -> int:
        """Automatic tries after the first failure: what the merchant's budget counts."""
        automatic = sum(failure.automatic for failure in self.failures)
        return max(0, automatic - (1 if self.failures and self.failures[0].automatic else 0))

    @property
    def first_day(self) -> date:
        """The local day on which it failed first."""
        return local_day(self.opened_at, self.zone)

    @property
    def last_day(self) -> date:
        """The last local day of the window."""
        return self.first_day + timedelta(days=self.policy.window_days)

    def on(self, method: Method) -> list[Failure]:
        """What happened on one of the methods, the oldest first."""
        return [failure for failure in self.failures if failure.method == method.id]

    def moment(self, day: date) -> datetime:
        """The hour of tries on a local day."""
        return at_local_hour(day, self.hour, self.zone)


@dataclass(frozen=True)
class Next:
    """Try again at `at` with `method`. `slots`: what it was chosen from; `reason` says why then, in English."""

    at: datetime
    method: UUID
    rule: Rule
    reason: str
    slots: tuple[Slot, ...]
    probability: str


@dataclass(frozen=True)
class Stop:
    """No further automatic try, and why, in English."""

    why: Why
    reason: str


_REASONS = {
    Why.SETTLED: "Nothing is owed any more.",
    Why.EXHAUSTED: "All tries that the policy allows were made.",
    Why.METHOD: "This method is not tried again by itself; a new one arms it again.",
    Why.CONFIRM: "The bank wants the customer to confirm; a link was sent.",
    Why.NETWORK: "The card network allows no further try on this card within the window.",
    Why.PROMISE: "The customer has promised to pay.",
    Why.CONSENT: "No consent covers another try with this method.",
    Why.AMOUNT: "Part of it is paid: a returned debit is presented again only over the same amount.",
    Why.TOO_SMALL: "The rest is below the processor's minimum and is carried to the next payment.",
    Why.AHEAD: "The order's own automatic payment is still ahead.",
    Why.REFUSED: "The payment processor refuses to be asked for this payment.",
    Why.MERCHANT: "One of the merchant's people has stopped the tries.",
}


def stop(why: Why) -> Stop:
    """A stop with its sentence."""
    return Stop(why, _REASONS[why])
