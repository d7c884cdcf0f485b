"""The desk of stuck money in words: why something cannot be decided now and what to do instead, what was decided."""

from __future__ import annotations

from domain.operations.stuck.beside import Differs
from domain.operations.stuck.terms import Decided, Why
from kit.i18n import _


def why_not(why: Why) -> str:
    """Why a decision is refused, and what to do."""
    return {
        Why.CLOSED: _("This is settled already; there is nothing left to decide."),
        Why.NOT_STUCK: _("This is not stuck: it waits for the customer or the bank. It is looked at by itself."),
        Why.EARLY: _(
            "It is still being asked about by itself. Only after a day without an answer may a person close it."
        ),
        Why.BUSY: _("Somebody is asking the processor just now. Wait a minute, then look again."),
        Why.NOT_ASKED: _("Ask the processor first: nothing is decided without its answer."),
        Why.STALE: _(
            "The processor’s answer is older than ten minutes, or older than the account’s key. Ask again first."
        ),
        Why.ALIVE: _(
            "The processor still has it open, so the money may still be taken. Cancel it at the processor instead."
        ),
        Why.ON_ITS_WAY: _(
            "The processor says that the money is on its way. Keep waiting: only the bank can say how it ends."
        ),
        Why.TAKEN: _(
            "The processor has moved the money, but not as our books have it. Nothing is closed as not taken; compare "
            "the two sides and settle it at the processor."
        ),
        Why.NO_ANSWER: _("The processor did not answer. No answer is not a no: ask again in a few minutes."),
        Why.NOTHING_TO_CANCEL: _("The processor has nothing to cancel any more. Close it as not taken instead."),
        Why.KEY: _("The account cannot be read with the key that we have. Ask the merchant for a new key first."),
    }[why]


def decided(what: Decided) -> str:
    """What a person decided, for the list of decisions."""
    return {
        Decided.CANCEL: _("Cancelled at the processor"),
        Decided.NOT_TAKEN: _("Closed as not taken"),
        Decided.NEVER_MADE: _("Closed as never made"),
        Decided.WAIT: _("Kept waiting"),
        Decided.LOOK: _("Looked at again"),
        Decided.SETTLED: _("Settled by hand"),
    }[what]


def state(of: str) -> str:
    """Where our row stands. The same words for attempts and refunds."""
    return {
        "reserved": _("not sent yet"),
        "sending": _("being asked"),
        "unknown": _("unknown, being asked"),
        "requires_action": _("waits for the customer"),
        "pending": _("on its way"),
        "review": _("needs a person"),
        "succeeded": _("succeeded"),
        "failed": _("failed"),
        "expired": _("not confirmed in time"),
        "cancelled": _("closed, nothing taken"),
        "failed_bug": _("refused by the processor"),
        "open": _("still there"),
        "settled": _("gone"),
        "": _("not finished"),
    }.get(of, of)


def said(of: str) -> str:
    """What the processor said."""
    return {
        "no_such": _("it has no such thing"),
        "never_asked": _("nothing to ask about: it was never given an id"),
        "no_answer": _("no answer"),
        "key_refused": _("it refuses the account’s key"),
        "key_unreadable": _("not asked: the account’s key cannot be read here"),
        "requires_payment_method": _("open: waits for a payment method"),
        "requires_confirmation": _("open: not confirmed"),
        "requires_action": _("open: waits for the customer"),
        "processing": _("on its way"),
        "pending": _("on its way"),
        "succeeded": _("succeeded"),
        "canceled": _("cancelled: nothing taken"),
        "failed": _("failed"),
    }.get(of, of)


def differs(of: Differs) -> str:
    """In what the two sides differ."""
    return {
        Differs.STATUS: _("The status differs: our row does not say what the processor says."),
        Differs.AMOUNT: _("The amount differs: the processor was asked for another amount than our row has."),
        Differs.CAPTURED: _("What was taken differs from what is in our books."),
        Differs.REFERENCE: _("The processor names a charge or refund that our row does not know."),
    }[of]
