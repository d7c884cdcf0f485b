"""What an operator does to one piece of work: have it done anew, give it up, ask the processor; and a line run now."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.pages.operations.said import line as line_name
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.views import acts
from dashboard.views.acts import GOOD, WARN, Field, Form, Sentence
from dashboard.views.buying import onwards
from domain.accounts.viewer import Audience
from domain.operations import discard as discarding
from domain.operations import reconcile as reconciling
from domain.operations import refusals, run_tick
from domain.operations import requeue as requeueing
from domain.operations.about import About, Standing, about
from domain.operations.acts import REASON_LENGTH
from domain.operations.job_words import kind_name, money_name
from domain.operations.money import MoneyState
from domain.operations.refusals import Why
from domain.operations.search_terms import row_of
from domain.work.wake import Work
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _

views = Blueprint("operations_jobs", __name__)
_JOB = "/operations/jobs/<job>"
_OPERATOR = door(Audience.OPERATOR)
_ASK = "reconcile"


def job_page(kind: Work, row: UUID) -> str:
    """Where a piece of work stands."""
    return f"/operations/jobs/{requeueing.name_of(kind, row)}"


def why_field() -> Field:
    """The reason that every act needs."""
    hint = _("It stays with the act, for whoever looks later. At most %(most)d characters; no names, no e-mails.")
    return Field("reason", _("Why"), hint=hint % {"most": REASON_LENGTH}, required=True)


@views.route(f"{_JOB}/requeue", methods=["GET", "POST"])
@_OPERATOR
def requeue(job: str) -> ResponseReturnValue:
    """Has it done anew: only where that can charge nobody twice."""
    (work, row), now = _row(job), utc_now()
    found = about(work, row)
    why = refusals.requeue_refused(found, now, refusals.halts(now))
    form = _form(
        work,
        row,
        _("Send now") if work is Work.MAIL else _("Requeue"),
        [
            _("A worker takes it now. It is looked at as ever first: what is done already is not done a second time."),
            *_instead_of_twice(found),
        ],
        why,
    )

    def do(key: UUID) -> Sentence:
        if requeueing.requeue(kind=work, row=row, reason=acts.text("reason"), staff=acts.staff(), handle=key):
            return _("A worker takes it now. What became of it stands here."), GOOD
        return _("You have pressed this before. It was done once."), GOOD

    return _answer(form, found, do, why)


@views.route(f"{_JOB}/discard", methods=["GET", "POST"])
@_OPERATOR
def discard(job: str) -> ResponseReturnValue:
    """Gives it up: only where no money is in it."""
    (work, row), now = _row(job), utc_now()
    found = about(work, row)
    why = refusals.discard_refused(found, now)
    done = found is None or found.standing(now) is Standing.DONE
    form = _form(work, row, _("Discard"), [_what_is_lost(work, done=done)], why, danger=True)

    def do(key: UUID) -> Sentence:
        if discarding.discard(kind=work, row=row, reason=acts.text("reason"), staff=acts.staff(), handle=key):
            return (
                (_("Its failed runs are off the list."), GOOD)
                if done
                else (_("Discarded. Nobody does it any more."), GOOD)
            )
        return _("You have pressed this before. It was done once."), GOOD

    return _answer(form, found, do, why)


@views.route(f"{_JOB}/reconcile", methods=["GET", "POST"])
@_OPERATOR
def reconcile(job: str) -> ResponseReturnValue:
    """Asks the processor what became of its money. Charges nothing."""
    work, row = _row(job)
    found = about(work, row)
    why = refusals.reconcile_refused(found)
    form = _form(
        work,
        row,
        _("Ask the processor"),
        [
            _("The processor has said its last word about this already. You are told what it was; nothing changes.")
            if found is not None and found.money in (MoneyState.MOVED, MoneyState.NOT_MOVED, MoneyState.RETURNED)
            else _("The processor is asked what became of this money; its answer is booked. Asking charges nothing.")
        ],
        why,
    )

    def do(key: UUID) -> Sentence:
        known = reconciling.reconcile(kind=work, row=row, reason=acts.text("reason"), staff=acts.staff(), handle=key)
        return known.sentence, GOOD if known.settled else WARN

    return _answer(form, found, do, why)


@views.route("/operations/clock/<line>/run", methods=["GET", "POST"])
@_OPERATOR
def run_line(line: str) -> ResponseReturnValue:
    """Runs a line of the timetable now."""
    run_tick.line_of(line)
    busy = run_tick.running(line, utc_now()) is not None
    form = Form(
        title=_("Run %(line)s now") % {"line": f"“{line_name(line)}”"},
        back="/operations/clock",
        back_label=_("Clock"),
        submit=_("Run it now"),
        before=[_("A worker does this line’s work now. Its next moment stays as it is; running it twice is harmless.")],
        fields=[why_field()],
        refused=_("This is being done right now. Its result stands on the clock’s page when it is over.")
        if busy
        else "",
    )

    def do(key: UUID) -> Sentence:
        if run_tick.run_tick(name=line, reason=acts.text("reason"), staff=acts.staff(), handle=key):
            return _("A worker runs it now. Its result stands here when it is over."), GOOD
        return _("You have pressed this before. It was done once."), GOOD

    return _answer(form, None, do, None)


def _row(job: str) -> tuple[Work, UUID]:
    """The row of a job's name. Raises NotFound for a name that is not one of ours."""
    row = row_of(job)
    if row is None:
        raise NotFound(_("There is no such piece of work."))
    return row


def _form(kind: Work, row: UUID, title: str, before: list[str], why: Why | None, *, danger: bool = False) -> Form:
    return Form(
        title=title,
        back=job_page(kind, row),
        back_label=_("Job"),
        submit=title,
        before=[sentence for sentence in before if sentence],
        fields=[why_field()],
        danger=danger,
        refused=refusals.sentence(why) if why is not None else "",
    )


def _instead_of_twice(found: About | None) -> list[str]:
    if found is None or found.amount is None:
        return []
    return [_("No charge is made before its time, and none is made twice.")]


def _what_is_lost(kind: Work, *, done: bool) -> str:
    """What discarding means, by kind."""
    if done:
        return _("The work itself is done. Its failed runs leave the list; nothing else changes.")
    lost = {
        Work.MAIL: _("This e-mail is never sent. Whom it was for learns nothing from us about it."),
        Work.WEBHOOK: _("What this webhook told is not looked at. The nightly comparison finds it all the same."),
        Work.TICK: _("This occurrence is left out. The next one comes at its time."),
        Work.ROLLUP: _("The day’s figures stay as they are until the night, which counts the last 40 days anew."),
        Work.ALARM: _("Whoever listens for alarms is not told of this one. It stands under Alarms all the same."),
        Work.IMPORT: _("The import ends where it is. What it had brought in stays, and it can be started again."),
    }
    return lost.get(kind, "")


def _answer(form: Form, found: About | None, do: Callable[[UUID], Sentence], why: Why | None) -> ResponseReturnValue:
    """The form, or what became of the press: 303 back with a sentence, or the form again with what is wrong."""
    key = acts.handle()
    if request.method != "POST":
        return _draw(form, found, key, {}, instead=why is Why.MAY_HAVE_MOVED)
    try:
        sentence, tone = do(key)
    except NotFound:
        raise
    except DomainError as problem:
        moved = isinstance(problem, refusals.Refused) and problem.why is Why.MAY_HAVE_MOVED
        status = HTTPStatus.CONFLICT if isinstance(problem, Conflict) else HTTPStatus.UNPROCESSABLE_ENTITY
        where = "reason" if problem.field == "reason" else ""
        return _draw(form, found, key, {where: problem.sentence}, instead=moved), status
    say(sentence, tone)
    return onwards(form.back)


def _draw(form: Form, found: About | None, key: UUID, errors: dict[str, str], *, instead: bool) -> str:
    return page(
        "operations/acts_row.html",
        title=form.title,
        form=form,
        about=found,
        work=kind_name(found.kind) if found else "",
        money=money_name(found.money) if found else "",
        key=key,
        typed=request.form.get("reason", ""),
        errors=errors,
        instead=f"{form.back}/{_ASK}" if instead else "",
        said=heard(),
    )
