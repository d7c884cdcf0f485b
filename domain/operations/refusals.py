"""Why an operator's act on a row of work is refused: judged from the row as it stands, and said in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.operations.about import About, Standing
from domain.operations.money import MoneyState
from domain.operations.stops import active, stopped_kinds
from domain.work.wake import Work
from kit.errors import Conflict
from kit.i18n import _
from models.operations import StopWhat
from models.work import MailState, WebhookState


class Why(StrEnum):
    """The reasons, in the order in which they are looked for."""

    GONE = "gone"
    MAY_HAVE_MOVED = "may_have_moved"
    DONE = "done"
    MOVED = "moved"
    CLAIMED = "claimed"
    QUEUE_STOPPED = "queue_stopped"
    SUSPENDED = "suspended"
    NOT_YET = "not_yet"
    MONEY = "money"
    METHOD = "method"
    NO_MONEY = "no_money"
    NOT_SENT = "not_sent"
    BROKE = "broke"


class Refused(Conflict):
    """An act on one row that was refused; `why` tells which sentence it is."""

    def __init__(self, why: Why) -> None:
        super().__init__(sentence(why))
        self.why = why


@dataclass(frozen=True)
class Halts:
    """What operators have stopped at a moment."""

    kinds: frozenset[Work]
    merchants: frozenset[UUID]


# What the clock charges by itself; asking about a charge goes on, and so do refunds that somebody asked for.
_AUTOMATIC = frozenset({Work.COLLECT, Work.RETRY, Work.WAVE})
ASKED_ABOUT = frozenset(
    {Work.ATTEMPT, Work.REFUND, Work.COLLECT, Work.RETRY, Work.WAVE, Work.PROMISE, Work.SCHEDULE}
)  # kinds with money behind them
DISCARDABLE = frozenset({Work.MAIL, Work.WEBHOOK, Work.TICK, Work.ROLLUP, Work.IMPORT, Work.ALARM})
# Work whose rest after a failure may be cut short: nothing in it charges anybody.
HASTENED = frozenset({Work.MAIL, Work.WEBHOOK, Work.ROLLUP, Work.IMPORT, Work.METHOD, Work.TICK, Work.ALARM})
_GIVEN_UP = {
    Work.MAIL: frozenset({MailState.FAILED}),
    Work.WEBHOOK: frozenset({WebhookState.FAILED, WebhookState.UNKNOWN}),
}


def halts(now: datetime) -> Halts:
    """What operators have stopped."""
    suspended = {line.merchant for line in active(now) if line.what == StopWhat.MERCHANT and line.merchant}
    return Halts(stopped_kinds(now), frozenset(suspended))


def requeue_refused(found: About | None, now: datetime, halted: Halts) -> Why | None:
    """Why a row may not be done anew, or None when it may. Pure.

    Money that moved, or may have, is never asked for again; nothing is charged before its time.
    """
    if found is None:
        return Why.GONE
    if found.money is MoneyState.MAY_HAVE_MOVED:
        return Why.MAY_HAVE_MOVED
    stands = found.standing(now)
    if stands is Standing.DONE and not given_up(found):
        return Why.DONE
    if found.money not in (MoneyState.NONE, MoneyState.NOT_SENT):
        return Why.MOVED
    if _is_held(found, stands):
        return Why.CLAIMED
    if found.kind in halted.kinds:
        return Why.QUEUE_STOPPED
    if found.kind in _AUTOMATIC and found.merchant in halted.merchants:
        return Why.SUSPENDED
    return Why.NOT_YET if stands is Standing.LATER and not _rests(found) else None


def discard_refused(found: About | None, now: datetime) -> Why | None:
    """Why a row may not be given up, or None when it may, or when it is done and only its failed runs stand. Pure."""
    if found is None:
        return None
    if found.money is MoneyState.MAY_HAVE_MOVED:
        return Why.MAY_HAVE_MOVED
    stands = found.standing(now)
    if stands is Standing.DONE:
        return None
    if found.kind not in DISCARDABLE:
        return Why.METHOD if found.kind is Work.METHOD else Why.MONEY
    return Why.CLAIMED if _is_held(found, stands) else None


def reconcile_refused(found: About | None) -> Why | None:
    """Why the processor is not asked about a row. What is settled may be asked about: nothing changes. Pure."""
    if found is None:
        return Why.GONE
    if found.kind not in ASKED_ABOUT or found.money is MoneyState.NONE:
        return Why.NO_MONEY
    return Why.NOT_SENT if found.money is MoneyState.NOT_SENT else None


def _rests(found: About) -> bool:
    """Whether its wait is a rest after a failure, which may be cut short. A letter that was never tried has its day."""
    return found.kind in HASTENED and (found.kind is not Work.MAIL or bool(found.facts.n))


def given_up(found: About) -> bool:
    """Whether the row was given up after failures, so that it may be tried once more."""
    return found.facts.state in _GIVEN_UP.get(found.kind, ())


def _is_held(found: About, stands: Standing) -> bool:
    """Whether somebody has it in hand. A tick that failed keeps its lease as a rest: nobody has that."""
    return stands is Standing.CLAIMED and not (found.kind is Work.TICK and found.facts.state == "failed")


def sentence(why: Why) -> str:
    """The reason, and what to do instead."""
    return {
        Why.GONE: _("This work is not there any more: it was done, and its row has gone with it."),
        Why.MAY_HAVE_MOVED: _(
            "Money may have moved already, so this is never done again. Ask the processor what became of it instead."
        ),
        Why.DONE: _("This is done already. Nothing is left to do, and nothing was changed."),
        Why.MOVED: _("The processor has answered about this money already, so it is not asked for again."),
        Why.CLAIMED: _("Somebody is doing this right now. If they fell silent, it comes free by itself in minutes."),
        Why.QUEUE_STOPPED: _("Its queue is stopped by an operator. Let the queue go on; then it is done by itself."),
        Why.SUSPENDED: _(
            "This merchant’s automatic charges are suspended by an operator. When they go on, it is done by itself."
        ),
        Why.NOT_YET: _("It waits for its time on purpose; nothing has failed. Nothing is charged before its time."),
        Why.MONEY: _(
            "This carries money, so it is not discarded. Void or write off its order, or end its schedule, in the "
            "merchant’s console."
        ),
        Why.METHOD: _(
            "A customer removed this payment method, and the processor has to forget it: that is not discarded. "
            "Do it anew."
        ),
        Why.NO_MONEY: _("There is no money in this work: there is nothing to ask the processor about."),
        Why.NOT_SENT: _("The processor was not asked for this money yet: there is nothing to ask about."),
        Why.BROKE: _("Our own program stumbled over it. The log has the error; the work stands as it stood."),
    }[why]
