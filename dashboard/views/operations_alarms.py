"""What operators do about alarms: look after one, silence a rule for a while, set another limit. And the runbook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.views.acts import GOOD, WARN, Field, Form, Sentence, done, draw, handle, staff, text
from domain.accounts.viewer import Audience
from domain.operations import runbook as runbook_text
from domain.operations.alarms import limits, queries, silence
from domain.operations.alarms.acknowledge import acknowledge
from domain.operations.alarms.rules import RULES, Unit
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _

views = Blueprint("operations_alarms", __name__)
_HOME = "/operations/alarms"
_HOURS = ("1", "4", "12", "24", "72", "168")


@views.route(f"{_HOME}/<uuid:alarm>/acknowledge", methods=["GET", "POST"])
@door(Audience.OPERATOR)
def look_after(alarm: UUID) -> ResponseReturnValue:
    """Says that somebody looks after an alarm: it is not told again every day."""
    line = queries.find(alarm, utc_now())
    if line is None:
        raise NotFound(_("There is no such alarm."))
    again = _("It is told again every day all the same: money waits for a person.")
    form = _form(
        _("Look after: %(what)s") % {"what": line.heading},
        _("Acknowledge"),
        [_("Everybody sees that you look after it."), again if RULES[line.rule].nags else _("It is not told again.")],
        Field("reason", _("What you do about it"), hint=_note(), required=True),
        refused=_("It has cleared.") if line.cleared_at else "",
    )

    def do() -> Sentence:
        if acknowledge(alarm=alarm, note=text("reason"), staff=staff(), handle=handle()):
            return _("You look after it. That stands beside the alarm."), GOOD
        return _("Somebody looks after it already, or it has cleared."), WARN

    return _answer(form, do)


@views.route(f"{_HOME}/silence", methods=["GET", "POST"])
@door(Audience.OPERATOR)
def be_silent() -> ResponseReturnValue:
    """Tells nobody of a rule's alarms for a while, of one subject or of all."""
    rule, subject = _asked()
    subjects = [("", _("All of this rule")), *([(subject, subject)] if subject else [])]
    form = _form(
        _("Silence %(rule)s") % {"rule": rule},
        _("Silence it"),
        [_("Nobody is mailed or called about it until the end. It stands on the screen all the same, marked.")],
        Field("about", _("What"), "select", subject, options=subjects),
        Field("hours", _("For how long"), "select", "4", options=[(hours, _span(int(hours))) for hours in _HOURS]),
        _why(),
    )

    def do() -> Sentence:
        if text("about") not in ("", subject):
            raise DomainError(_("Choose what is silenced."), field="about")
        if text("hours") not in _HOURS:
            raise DomainError(_("Choose for how long."), field="hours")
        until = utc_now() + timedelta(hours=int(text("hours")))
        silence.silence(
            rule=rule, subject=text("about"), until=until, reason=text("reason"), staff=staff(), handle=handle()
        )
        return _("Silenced until %(time)s UTC.") % {"time": until.strftime("%Y-%m-%d %H:%M")}, GOOD

    return _answer(form, do)


@views.route(f"{_HOME}/silences/<uuid:silenced>/lift", methods=["GET", "POST"])
@door(Audience.OPERATOR)
def lift(silenced: UUID) -> ResponseReturnValue:
    """Ends a silence."""
    line = silence.find(silenced)
    if line is None:
        raise NotFound(_("There is no such silence."))
    form = _form(
        _("End the silence of %(rule)s") % {"rule": silence.named(line.rule, line.subject)},
        _("End it"),
        [_("What still stands is told at the next look, within half a minute.")],
        _why(),
    )

    def do() -> Sentence:
        silence.lift(silence=silenced, reason=text("reason"), staff=staff(), handle=handle())
        return _("It is told again."), GOOD

    return _answer(form, do)


@views.route(f"{_HOME}/limit", methods=["GET", "POST"])
@door(Audience.OPERATOR)
def set_limit() -> ResponseReturnValue:
    """Sets another limit for a rule, or for one subject of it."""
    rule, subject = _asked()
    form = _form(
        _("Another limit for %(rule)s") % {"rule": silence.named(rule, subject)},
        _("Set the limit"),
        [_("It counts from the next look on. The rule’s own limit is %(own)d.") % {"own": RULES[rule].limit}],
        Field("value", _unit(RULES[rule].unit), value=str(queries.limit_now(rule, subject)), required=True),
        _why(),
    )

    def do() -> Sentence:
        typed = text("value")
        if not typed.isascii() or not typed.isdecimal() or len(typed) > 9:
            raise DomainError(_("A whole number."), field="value")
        limits.set_limit(
            rule=rule, subject=subject, value=int(typed), reason=text("reason"), staff=staff(), handle=handle()
        )
        return _("The limit counts from the next look on."), GOOD

    return _answer(form, do)


@views.get("/operations/runbook")
@door(Audience.OPERATOR)
def runbook() -> ResponseReturnValue:
    """What to do at each alarm: docs/runbook.md, with a place for each rule."""
    return page("operations/runbook.html", title=_("Runbook"), sections=runbook_text.sections())


def _asked() -> tuple[str, str]:
    rule, subject = request.args.get("rule", ""), request.args.get("subject", "")
    if rule not in RULES or len(subject) > 80:
        raise NotFound(_("There is no such rule."))
    return rule, subject


def _form(title: str, submit: str, before: list[str], *fields: Field, refused: str = "") -> Form:
    return Form(
        title=title,
        back=_HOME,
        back_label=_("Alarms"),
        submit=submit,
        before=before,
        fields=fields,
        hidden={"handle": str(handle())},
        refused=refused,
    )


def _answer(form: Form, do: Callable[[], Sentence]) -> ResponseReturnValue:
    return done(form, _HOME, do) if request.method == "POST" else draw(form)


def _why() -> Field:
    return Field("reason", _("Why"), hint=_note(), required=True)


def _note() -> str:
    return _("It stays with the act. At most 200 characters; no names, no e-mails.")


def _span(hours: int) -> str:
    return {
        1: _("1 hour"),
        4: _("4 hours"),
        12: _("12 hours"),
        24: _("1 day"),
        72: _("3 days"),
        168: _("7 days"),
    }[hours]


def _unit(unit: Unit) -> str:
    return {
        Unit.SECONDS: _("Limit in seconds"),
        Unit.COUNT: _("Limit, a count"),
        Unit.PERCENT: _("Limit in percent"),
        Unit.MEGABYTES: _("Limit in megabytes"),
        Unit.MILLISECONDS: _("Limit in milliseconds"),
    }[unit]
