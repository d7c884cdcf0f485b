"""Jobs and their money in words, for operators: the same on every screen."""

from __future__ import annotations

from domain.operations.money import MoneyState
from domain.operations.search_terms import State
from domain.work.wake import Work
from kit.i18n import _


def kind_name(kind: Work) -> str:
    """What a job of this kind does."""
    return {
        Work.ATTEMPT: _("Charge attempt"),
        Work.COLLECT: _("First automatic payment"),
        Work.RETRY: _("Planned retry"),
        Work.SCHEDULE: _("Billing schedule"),
        Work.REFUND: _("Refund"),
        Work.PROMISE: _("Promise to pay"),
        Work.METHOD: _("Forget a payment method"),
        Work.WAVE: _("Wave of automatic payments"),
        Work.MAIL: _("Send e-mail"),
        Work.WEBHOOK: _("Apply webhook"),
        Work.ROLLUP: _("Count a day"),
        Work.IMPORT: _("Import or export"),
        Work.TICK: _("Timetable"),
        Work.ALARM: _("Call about an alarm"),
    }[kind]


def money_name(state: MoneyState) -> str:
    """What has become of the money, in two words."""
    return {
        MoneyState.NONE: _("none"),
        MoneyState.NOT_SENT: _("not sent"),
        MoneyState.NOT_MOVED: _("not moved"),
        MoneyState.MAY_HAVE_MOVED: _("may have moved"),
        MoneyState.MOVED: _("moved"),
        MoneyState.RETURNED: _("returned"),
    }[state]


def money_tone(state: MoneyState) -> str:
    """The colour of its pill."""
    return {
        MoneyState.MAY_HAVE_MOVED: "warn",
        MoneyState.NOT_SENT: "good",
        MoneyState.NOT_MOVED: "good",
        MoneyState.MOVED: "info",
        MoneyState.RETURNED: "warn",
    }.get(state, "plain")


def money_sentence(kind: Work, state: MoneyState) -> str:
    """What has become of the money, and what that allows."""
    if kind is Work.WAVE and state is MoneyState.MAY_HAVE_MOVED:
        return _(
            "The money of a part of its payments may have moved: the processor was asked, and its answer is not known. "
            "Nobody is charged again; ask the processor about them."
        )
    if kind is Work.REFUND:
        return _refund(state)
    return {
        MoneyState.NONE: _("There is no money in this work. Doing it again charges nobody."),
        MoneyState.NOT_SENT: _("The processor has not been asked for this money. Nobody was charged."),
        MoneyState.NOT_MOVED: _("The processor was asked and no money moved. Nobody was charged."),
        MoneyState.MAY_HAVE_MOVED: _(
            "The processor was asked for this money, and its answer is not final. The customer may have been charged, "
            "so this is never done again: it can only be asked about."
        ),
        MoneyState.MOVED: _("The money has moved and is in our books. Nothing is left to do."),
        MoneyState.RETURNED: _("The money had moved, and the bank has taken it back. Nothing is left to do here."),
    }[state]


def _refund(state: MoneyState) -> str:
    return {
        MoneyState.NOT_SENT: _("The processor has not been asked to give this money back."),
        MoneyState.NOT_MOVED: _("The processor was asked and gave nothing back."),
        MoneyState.MAY_HAVE_MOVED: _(
            "The processor was asked to give this money back, and its answer is not final. It may be on its way, so it "
            "is never sent again: it can only be asked about."
        ),
    }.get(state, _("The money has gone back to the customer and is in our books. Nothing is left to do."))


def state_name(state: State) -> str:
    """Where a job stands."""
    return {
        State.WAITING: _("waiting"),
        State.RUNNING: _("running"),
        State.DUE: _("due, no hint"),
        State.LATER: _("planned"),
        State.FAILED: _("failed"),
        State.DONE: _("done"),
        State.DONE_LATER: _("failed, done since"),
        State.DISCARDED: _("discarded"),
    }[state]


def state_tone(state: State) -> str:
    """The colour of its pill."""
    return {
        State.WAITING: "info",
        State.RUNNING: "info",
        State.DUE: "warn",
        State.FAILED: "bad",
        State.DONE: "good",
    }.get(state, "plain")
