"""What operators stop and let go on: a queue, a merchant's automatic charges, a worker, everything before a restart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.pages.operations import stop_words
from dashboard.render import page
from dashboard.said import heard
from dashboard.views.acts import GOOD, WARN, Field, Form, Sentence, done, draw, handle, staff, text
from dashboard.views.buying import onwards
from domain.accounts.viewer import Audience
from domain.operations import drain as draining
from domain.operations import in_hand, pause, stop_worker, stops, suspend
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _

views = Blueprint("operations_stops", __name__)
_HOME = "/operations/stops"


@views.get(_HOME)
@door(Audience.OPERATOR)
def stopped() -> ResponseReturnValue:
    """What is stopped now, and what can be."""
    now = utc_now()
    standing = stops.active(now)
    suspended = [line for line in standing if line.what == "merchant"]
    taken = {line.slug for line in suspended}
    return page(
        "operations/stops.html",
        title=_("Stops"),
        queues=stop_words.queues(),
        due=pause.due_now(now),
        words=stop_words.due,
        stopped={line.name: line for line in standing if line.what == "queue"},
        suspended=suspended,
        workers=[line for line in standing if line.what == "worker"],
        drain=next((line for line in standing if line.drain), None),
        houses=[house for house in suspend.houses() if house[0] not in taken],
        said=heard(),
    )


@views.route("/operations/queues/<queue>/pause", methods=["GET", "POST"])
@door(Audience.OPERATOR)
def pause_queue(queue: str) -> ResponseReturnValue:
    """Says what will wait, and pauses the queue."""
    pause.known(queue)
    form = _form(
        _("Pause the queue %(queue)s") % {"queue": queue},
        _("Pause it"),
        [*stop_words.while_stopped(queue), stop_words.nothing_lost(), stop_words.due(pause.due_now(utc_now())[queue])],
        fields=(_reason(), _end()),
    )

    def do() -> Sentence:
        pause.pause_queue(queue=queue, until=_until(), reason=text("reason"), staff=staff(), handle=handle())
        return _("The queue %(queue)s is paused. A job in hand is finished.") % {"queue": queue}, GOOD

    return _answer(form, do)


@views.route("/operations/queues/<queue>/resume", methods=["GET", "POST"])
@door(Audience.OPERATOR)
def resume_queue(queue: str) -> ResponseReturnValue:
    """Lets the queue go on."""
    pause.known(queue)
    form = _form(
        _("Let the queue %(queue)s go on") % {"queue": queue},
        _("Let it go on"),
        [_("Whatever came due meanwhile is done now, each once, at the usual pace.")],
    )

    def do() -> Sentence:
        was = pause.resume_queue(queue=queue, reason=text("reason"), staff=staff(), handle=handle())
        return _went_on(was)

    return _answer(form, do)


@views.get("/operations/merchants")
@door(Audience.OPERATOR)
def choose_merchant() -> ResponseReturnValue:
    """From the list on the page of stops to the merchant's own form."""
    slug = request.args.get("merchant", "")
    suspend.name_of(slug)
    return onwards(f"/operations/merchants/{slug}/suspend")


@views.route("/operations/merchants/<merchant>/suspend", methods=["GET", "POST"])
@door(Audience.OPERATOR)
def suspend_merchant(merchant: str) -> ResponseReturnValue:
    """Says what will wait, and suspends the merchant's automatic charges."""
    name = suspend.name_of(merchant)
    form = _form(
        _("Suspend the automatic payments of %(merchant)s") % {"merchant": name},
        _("Suspend them"),
        [*stop_words.while_suspended(), stop_words.due(suspend.due_now(merchant, utc_now()))],
        fields=(_reason(), _end()),
    )

    def do() -> Sentence:
        suspend.suspend_merchant(
            merchant=merchant, until=_until(), reason=text("reason"), staff=staff(), handle=handle()
        )
        return _("The automatic payments of %(merchant)s are suspended.") % {"merchant": name}, GOOD

    return _answer(form, do)


@views.route("/operations/merchants/<merchant>/resume", methods=["GET", "POST"])
@door(Audience.OPERATOR)
def resume_merchant(merchant: str) -> ResponseReturnValue:
    """Lets the merchant's automatic charges go on."""
    name = suspend.name_of(merchant)
    form = _form(
        _("Let the automatic payments of %(merchant)s go on") % {"merchant": name},
        _("Let them go on"),
        [_("Whatever came due meanwhile is charged now, each once, at the pace of the account.")],
    )

    def do() -> Sentence:
        was = suspend.resume_merchant(merchant=merchant, reason=text("reason"), staff=staff(), handle=handle())
        return _went_on(was)

    return _answer(form, do)


@views.route("/operations/workers/<worker>/stop", methods=["GET", "POST"])
@door(Audience.OPERATOR)
def stop_a_worker(worker: str) -> ResponseReturnValue:
    """Stops one worker warmly."""
    form = _form(
        _("Stop the worker %(worker)s") % {"worker": worker},
        _("Stop it"),
        [
            _("It finishes the job in hand and ends; with nothing in hand it ends within a few seconds."),
            _("What started it starts another in its place. To stop the work itself, pause its queue."),
        ],
        back="/operations/workers",
    )

    def do() -> Sentence:
        stop_worker.stop_worker(worker=worker, reason=text("reason"), staff=staff(), handle=handle())
        return _("The worker is told. It ends after the job in hand."), GOOD

    if request.method == "GET":
        stop_worker.known(worker)
    return _answer(form, do)


@views.route("/operations/drain", methods=["GET", "POST"])
@door(Audience.OPERATOR)
def drain() -> ResponseReturnValue:
    """Before a restart: stops all queues, and says when it is safe."""
    form = _form(
        _("Drain before a restart"),
        _("Stop all queues"),
        stop_words.while_drained(),
        fields=(_reason(), Field("minutes", _("For how many minutes"), "text", str(draining.MINUTES), required=True)),
    )

    def do() -> Sentence:
        draining.drain(minutes=_minutes(), reason=text("reason"), staff=staff(), handle=handle())
        return _("All queues are stopped. This page says when it is safe to restart."), GOOD

    now = utc_now()
    line = draining.draining(now)
    if request.method == "POST" or line is None:
        return _answer(form, do, to="/operations/drain")
    return page(
        "operations/drained.html",
        title=form.title,
        line=line,
        hand=in_hand.in_hand(now),
        words=in_hand.in_words,
        said=heard(),
    )


@views.route("/operations/drain/end", methods=["GET", "POST"])
@door(Audience.OPERATOR)
def end_drain() -> ResponseReturnValue:
    """Lets all queues go on that the drain had stopped."""
    form = _form(
        _("Let all queues go on"),
        _("Let them go on"),
        [
            _("Whatever came due meanwhile is done now, each once, at the usual pace."),
            _("A queue that somebody paused by itself stays paused."),
        ],
    )

    def do() -> Sentence:
        return _went_on(draining.end_drain(reason=text("reason"), staff=staff(), handle=handle()))

    return _answer(form, do)


def _form(title: str, submit: str, before: Sequence[str], *, fields: Sequence[Field] = (), back: str = _HOME) -> Form:
    """An act's form. What everyone asks for is the reason."""
    return Form(
        title=title,
        back=back,
        back_label=_("Workers") if back != _HOME else _("Stops"),
        submit=submit,
        before=before,
        fields=fields or (_reason(),),
        hidden={"handle": str(handle())},
    )


def _reason() -> Field:
    return Field("reason", _("Why"), hint=_("It stays with the act. Name no customer."), required=True)


def _end() -> Field:
    ends = (
        ("30", _("after 30 minutes")),
        ("120", _("after 2 hours")),
        ("1440", _("after a day")),
        ("", _("when somebody lets it go on")),
    )
    return Field("end", _("It ends"), "select", "30", options=ends)


def _until() -> datetime | None:
    chosen = text("end")
    if chosen not in ("", "30", "120", "1440"):
        raise DomainError(_("Choose when it ends."), field="end")
    return utc_now() + timedelta(minutes=int(chosen)) if chosen else None


def _minutes() -> int:
    typed = text("minutes")
    return int(typed) if typed.isdecimal() and len(typed) < 6 else 0  # out of bounds, and told there


def _went_on(was: bool) -> Sentence:
    if was:
        return _("It goes on. The clock calls the workers within a few seconds."), GOOD
    return _("Nothing was stopped any more."), WARN


def _answer(form: Form, do: Callable[[], Sentence], *, to: str = "") -> ResponseReturnValue:
    if request.method == "GET":
        return draw(form)
    return done(form, to or form.back, do)
