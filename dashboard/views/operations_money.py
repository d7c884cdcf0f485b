"""What an operator does about stuck money: asks the processor, and decides with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.pages.operations.spans import span
from dashboard.views import acts
from dashboard.views.acts import GOOD, WARN, Field, Form, Sentence
from dashboard.views.operations_jobs import why_field
from domain.accounts.viewer import Audience
from domain.operations.stuck import decide, differences, refunds, words
from domain.operations.stuck.case import Case, case_of_attempt, case_of_difference, case_of_refund
from domain.operations.stuck.evidence import Asked, ask_about_attempt, ask_about_refund
from domain.operations.stuck.terms import WAITS, Why
from domain.payments.amount_text import as_typed
from domain.payments.web_turn import web_turn
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _

views = Blueprint("operations_money", __name__)
_OPERATOR = door(Audience.OPERATOR)
_MONEY = "/operations/money"
_ATTEMPT, _REFUND = f"{_MONEY}/<uuid:attempt_id>", f"{_MONEY}/refunds/<uuid:refund_id>"
_DIFFERENCE = f"{_MONEY}/differences/<uuid:difference_id>"


@views.post(f"{_ATTEMPT}/ask")
@_OPERATOR
def ask_attempt(attempt_id: UUID) -> ResponseReturnValue:
    """Asks the processor about an attempt, in this request."""
    ask = partial(ask_about_attempt, attempt=attempt_id)
    return acts.pressed(_page(attempt_id), lambda: _asked(lambda: ask(staff=acts.staff())))


@views.post(f"{_REFUND}/ask")
@_OPERATOR
def ask_refund(refund_id: UUID) -> ResponseReturnValue:
    """Asks the processor about a refund, in this request."""
    ask = partial(ask_about_refund, refund=refund_id)
    return acts.pressed(_refund_page(refund_id), lambda: _asked(lambda: ask(staff=acts.staff())))


@views.route(f"{_ATTEMPT}/cancel", methods=["GET", "POST"])
@_OPERATOR
def cancel(attempt_id: UUID) -> ResponseReturnValue:
    """Cancels an attempt's intent at the processor."""
    case = _there(case_of_attempt(attempt_id, utc_now()))
    before = [
        _("The processor is asked to cancel %(amount)s of %(name)s. Nothing was taken until now.") % _named(case),
        _("Only what it then says is recorded: when it has cancelled, the order is free again and can be paid."),
    ]
    form = _form(_("Cancel at the processor"), _page(attempt_id), before, case.against_cancelling, danger=True)

    def do(key: UUID) -> Sentence:
        with _turn():
            now = decide.cancel_at_processor(attempt=attempt_id, **_why(key))
        sentence = _("Asked to cancel. Our row now says: %(state)s.") % {"state": words.state(now)}
        return sentence, WARN if now in ("unknown", "review") else GOOD

    return _answer(form, do)


@views.route(f"{_ATTEMPT}/close", methods=["GET", "POST"])
@_OPERATOR
def close(attempt_id: UUID) -> ResponseReturnValue:
    """Closes an attempt of which the processor said that it took nothing."""
    case = _there(case_of_attempt(attempt_id, utc_now()))
    before = [
        _("%(amount)s of %(name)s is closed as not taken. The orders are free again and can be paid.") % _named(case),
        _("Money that shows up later all the same is raised as a difference; it is not booked by itself."),
        *_blind(case, _("Nothing of these orders is charged by itself from then on: the money may have been taken.")),
    ]
    form = _form(_("Close as not taken"), _page(attempt_id), before, case.against_closing, _typed(case), danger=True)

    def do(key: UUID) -> Sentence:
        decide.close_not_taken(
            attempt=attempt_id,
            **_why(key),
            typed=acts.amount("amount", case.line.amount.currency) if case.must_type else None,
        )
        return _("Closed as not taken. The orders are free again."), GOOD

    return _answer(form, do)


@views.route(f"{_REFUND}/close", methods=["GET", "POST"])
@_OPERATOR
def close_refund(refund_id: UUID) -> ResponseReturnValue:
    """Closes a refund of which the processor said that it has none."""
    case = _there(case_of_refund(refund_id, utc_now()))
    before = [
        _("The refund of %(amount)s to %(name)s is closed as never made. It can be given back again.") % _named(case),
        _("One that shows up later all the same is taken into the books by the nightly comparison."),
        *_blind(case, _("It may have been made: whoever gives it back again may give it twice.")),
    ]
    form = _form(
        _("Close as never made"), _refund_page(refund_id), before, case.against_closing, _typed(case), danger=True
    )

    def do(key: UUID) -> Sentence:
        refunds.close_never_made(
            refund=refund_id,
            **_why(key),
            typed=acts.amount("amount", case.line.amount.currency) if case.must_type else None,
        )
        return _("Closed as never made. Its amount can be given back again."), GOOD

    return _answer(form, do)


@views.route(f"{_ATTEMPT}/wait", methods=["GET", "POST"])
@_OPERATOR
def wait(attempt_id: UUID) -> ResponseReturnValue:
    """Writes down why an attempt is left as it is."""
    case = _there(case_of_attempt(attempt_id, utc_now()))
    keep = partial(decide.keep_waiting, attempt=attempt_id)
    return _waiting(case, _page(attempt_id), lambda key, by: keep(**_why(key), wait=by))


@views.route(f"{_REFUND}/wait", methods=["GET", "POST"])
@_OPERATOR
def wait_for_refund(refund_id: UUID) -> ResponseReturnValue:
    """Writes down why a refund is left as it is."""
    case = _there(case_of_refund(refund_id, utc_now()))
    keep = partial(refunds.keep_waiting_for_refund, refund=refund_id)
    return _waiting(case, _refund_page(refund_id), lambda key, by: keep(**_why(key), wait=by))


@views.post(f"{_DIFFERENCE}/look")
@_OPERATOR
def look_again(difference_id: UUID) -> ResponseReturnValue:
    """Compares one thing anew, in this request."""

    def do() -> Sentence:
        with _turn():
            gone = differences.look_again(difference=difference_id, staff=acts.staff())
        if gone:
            return _("Both sides agree now; the difference is gone."), GOOD
        return _("Looked again: the difference is still there."), WARN

    return acts.pressed(_difference_page(difference_id), do)


@views.route(f"{_DIFFERENCE}/settle", methods=["GET", "POST"])
@_OPERATOR
def settle(difference_id: UUID) -> ResponseReturnValue:
    """Takes a difference off the list, with a reason."""
    case = case_of_difference(difference_id)
    if case is None:
        raise NotFound(_("This difference is not there."))
    form = Form(
        title=_("Settled by hand"),
        back=_difference_page(difference_id),
        back_label=_("Difference"),
        submit=_("Settled by hand"),
        before=[_("It goes off the list and is kept with your reason. No money moves and nothing is booked. While a "
                  "run still sees it, it comes back.")],
        fields=[why_field()],
        refused=_("It is settled already.") if case.settled_at else "",
    )  # fmt: skip

    def do(key: UUID) -> Sentence:
        differences.settle_by_hand(difference=difference_id, **_why(key))
        return _("Settled by hand. It comes back if a run still sees it."), GOOD

    return _answer(form, do)


def _waiting(case: Case, back: str, keep: Callable[[UUID, timedelta], object]) -> ResponseReturnValue:
    choices = [(str(number), _("in %(span)s") % {"span": span(each)}) for number, each in enumerate(WAITS)]
    before = [_("Nothing changes: it stays held and is looked at by itself. Your reason stands beside it.")]
    chosen = Field("wait", _("Look again"), "select", str(len(WAITS) - 1), options=choices,
                   hint=_("What is still asked about by itself is never asked about later than that."))  # fmt: skip
    form = _form(_("Keep waiting"), back, before, case.against_waiting, [chosen])

    def do(key: UUID) -> Sentence:
        number = acts.text("wait")
        if number not in dict(choices):
            raise DomainError(_("Choose when to look again."), field="wait")
        keep(key, WAITS[int(number)])
        return _("Noted. It stays held until its outcome is known or decided."), GOOD

    return _answer(form, do)


def _form(
    title: str, back: str, before: list[str], why: Why | None, more: list[Field] | None = None, *, danger: bool = False
) -> Form:
    label = _("Refund") if "/refunds/" in back else _("Payment")
    return Form(
        title=title,
        back=back,
        back_label=label,
        submit=title,
        before=before,
        fields=[*(more or []), why_field()],
        danger=danger,
        refused=words.why_not(why) if why else "",
    )


def _answer(form: Form, do: Callable[[UUID], Sentence]) -> ResponseReturnValue:
    """The form, or the act. A press is judged by the act itself, which knows whether it was done before."""
    key = acts.handle()
    hidden = {"handle": str(key)}
    if request.method != "POST":
        return acts.draw(_with(form, hidden, form.refused))
    return acts.done(_with(form, hidden, ""), form.back, lambda: do(key))


def _with(form: Form, hidden: dict[str, str], refused: str) -> Form:
    return replace(form, hidden=hidden, refused=refused)


def _typed(case: Case) -> list[Field]:
    if not case.must_type:
        return []
    amount = case.line.amount
    label = _("Type the amount in %(currency)s") % {"currency": amount.currency}
    hint = _("%(amount)s: the account cannot be read, so we make sure that you mean this one.")
    return [Field("amount", label, "amount", "", hint % {"amount": as_typed(amount)}, required=True)]


def _blind(case: Case, sentence: str) -> list[str]:
    """What is said besides where the account cannot be read any more."""
    if not case.must_type:
        return []
    return [
        _("The account cannot be read, so nobody knows. Ask the merchant for its key, or look at its pages."),
        sentence,
    ]


def _named(case: Case) -> dict[str, object]:
    return {"amount": case.line.amount, "name": case.line.customer_name}


def _asked(ask: Callable[[], Asked]) -> Sentence:
    with _turn():
        heard = ask()
    said = {"said": words.said(heard.said), "state": words.state(heard.led_to)}
    sentence = _("The processor says: %(said)s. Our row now says: %(state)s.") % said
    return sentence, GOOD if heard.answered else WARN


@contextmanager
def _turn() -> Iterator[None]:
    """A turn at the processor. Raises DomainError when too many wait for it just now."""
    with web_turn() as mine:
        if not mine:
            raise DomainError(_("Too much is being asked at this moment. Try again in a few seconds."))
        yield


def _why(key: UUID) -> dict[str, Any]:
    return {"staff": acts.staff(), "reason": acts.text("reason"), "handle": key}


def _there(case: Case | None) -> Case:
    if case is None:
        raise NotFound(_("This is not there."))
    return case


def _page(attempt: UUID) -> str:
    return f"{_MONEY}/{attempt}"


def _refund_page(refund: UUID) -> str:
    return f"{_MONEY}/refunds/{refund}"


def _difference_page(difference: UUID) -> str:
    return f"{_MONEY}/differences/{difference}"
