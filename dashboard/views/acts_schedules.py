"""What a merchant's person does to a recurring plan: make one, change it, pause, skip, end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard
from dashboard.viewer import signed_in
from dashboard.views import acts
from dashboard.views.acts import GOOD, Field, Form, Sentence
from dashboard.views.acts_customers import record_of
from domain.accounts.viewer import Audience, Role
from domain.customers import desk
from domain.payments.amount_text import as_typed
from domain.schedules import change, pause, skip
from domain.schedules.edit import Applied
from domain.schedules.make import Rhythm, make_schedule
from domain.schedules.offer import Chargeable, chargeable
from domain.schedules.queries import Cadence, ScheduleState, ScheduleView, schedule_of
from domain.schedules.terms import Period
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _, current_zone

views = Blueprint("acts_schedules", __name__)
_CUSTOMER = "/merchant/<slug>/customers/<uuid:customer_id>/schedules"
_ONE = f"{_CUSTOMER}/<uuid:schedule_id>"
_MANAGER = door(Audience.STAFF, role=Role.MANAGER)


def _sent() -> bool:
    return request.method == "POST"


def _here(slug: str, customer: UUID, schedule: UUID) -> str:
    return f"{record_of(slug, customer)}/schedules/{schedule}"


def _plan(customer: UUID, schedule: UUID) -> tuple[ScheduleView, tuple[Period, ...]]:
    """The plan, once the customer is known to be the merchant's. Raises NotFound."""
    desk.contact_of(merchant=acts.house().id, customer=customer)
    return schedule_of(customer, schedule)


@views.get(_ONE)
@door(Audience.STAFF)
def show(slug: str, customer_id: UUID, schedule_id: UUID) -> ResponseReturnValue:
    """The plan, what comes, and what may be done with it."""
    plan, coming = _plan(customer_id, schedule_id)
    return page(
        "merchant/acts/schedule.html",
        title=plan.title,
        plan=plan,
        ended=plan.state == ScheduleState.ENDED,
        paused=plan.state == ScheduleState.PAUSED,
        coming=coming[:12],
        here=_here(slug, customer_id, schedule_id),
        back=record_of(slug, customer_id),
        may=signed_in().may(Role.MANAGER),
        said=heard(),
    )


@views.route(f"{_CUSTOMER}/new", methods=["GET", "POST"])
@_MANAGER
def new(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """A recurring plan from nothing."""
    key, house = acts.handle(), acts.house()
    name = desk.contact_of(merchant=house.id, customer=customer_id).name
    methods = chargeable(customer_id)
    today = utc_now().astimezone(current_zone()).date().isoformat()
    form = Form(
        title=_("New schedule for %(name)s") % {"name": name},
        back=record_of(slug, customer_id),
        back_label=_("Customer"),
        submit=_("Create schedule"),
        before=[_("No money moves now. Each time an order is made, and charged by itself if you choose a method.")],
        fields=[
            Field("title", _("What is billed"), required=True),
            Field("amount", _("Amount in %(currency)s") % {"currency": house.currency}, "amount", required=True),
            Field("every", _("Every"), "text", "1", required=True),
            Field("cadence", _("Period"), "select", Cadence.MONTH.value, options=_cadences()),
            Field("first_on", _("First day"), "date", today, required=True),
            Field("ends_on", _("Ends on"), "date", hint=_("Left empty, it goes on until you end it.")),
            Field("method", _("Paid"), "select", options=_methods(methods)),
        ],
        hidden={"handle": str(key)},
    )
    if not _sent():
        return acts.draw(form)

    def create() -> Sentence:
        method = acts.chosen("method")
        consent = next((each.consent for each in methods if each.method == method), None)
        if method is not None and consent is None:
            raise DomainError(_("There is no consent for schedules with this method."), field="method")
        make_schedule(
            merchant=house.id,
            customer=customer_id,
            title=acts.text("title"),
            rhythm=_rhythm(),
            amount=acts.amount("amount", house.currency),
            method=method,
            consent=consent,
            handle=key,
            actor_id=acts.staff(),
        )
        return _("The schedule is made. Nothing has been charged; its first order is made when its day comes."), GOOD

    return acts.done(form, _here(slug, customer_id, key), create)


def _rhythm() -> Rhythm:
    every, cadence = acts.text("every"), acts.text("cadence")
    if not (every.isascii() and every.isdigit() and len(every) < 4):
        raise DomainError(_("Write a whole number, like 1."), field="every")
    if cadence not in {each.value for each in Cadence}:
        raise DomainError(_("Choose a period."), field="cadence")
    ends_on = acts.day("ends_on") if acts.text("ends_on") else None
    return Rhythm(Cadence(cadence), acts.day("first_on"), every=int(every), ends_on=ends_on)


def _cadences() -> list[tuple[str, str]]:
    return [
        (Cadence.DAY.value, _("days")),
        (Cadence.WEEK.value, _("weeks")),
        (Cadence.MONTH.value, _("months")),
        (Cadence.YEAR.value, _("years")),
    ]


def _methods(methods: list[Chargeable]) -> list[tuple[str, str]]:
    return [("", _("by the customer, by hand")), *((str(each.method), each.label) for each in methods)]


def _changed(
    slug: str, customer: UUID, schedule: UUID, form: Form, use: Callable[[UUID], Applied]
) -> ResponseReturnValue:
    """Every change of a plan: the form, then what it came to, in the domain's own sentence."""
    if not _sent():
        return acts.draw(form)
    _plan(customer, schedule)

    def apply() -> Sentence:
        said = use(acts.house().id).sentence
        return _("%(what)s No money has moved.") % {"what": said}, GOOD

    return acts.done(form, _here(slug, customer, schedule), apply)


def _form(slug: str, customer: UUID, schedule: UUID, title: str, submit: str) -> tuple[ScheduleView, Form]:
    plan, _coming = _plan(customer, schedule)
    ended = plan.state == ScheduleState.ENDED and not _sent()
    return plan, Form(
        title=title % {"title": plan.title},
        back=_here(slug, customer, schedule),
        back_label=plan.title,
        submit=submit,
        refused=_("This schedule has ended: nothing more is billed.") if ended else "",
    )


@views.route(f"{_ONE}/amount", methods=["GET", "POST"])
@_MANAGER
def amount(slug: str, customer_id: UUID, schedule_id: UUID) -> ResponseReturnValue:
    """Another amount, from the next run on or later."""
    plan, form = _form(slug, customer_id, schedule_id, _("Change the amount of %(title)s"), _("Change amount"))
    form = replace(
        form,
        before=[_("Orders that are made already keep theirs. The customer is told; a bank debit ten days before.")],
        fields=[
            Field("amount", _("New amount in %(currency)s") % {"currency": plan.amount.currency}, "amount",
                  as_typed(plan.amount), required=True),
            Field("from_on", _("From"), "date", hint=_("Left empty, from the next time on.")),
        ],
    )  # fmt: skip
    return _changed(slug, customer_id, schedule_id, form, lambda merchant: change.change_amount(
        merchant=merchant, schedule=schedule_id, amount=acts.amount("amount", plan.amount.currency),
        from_on=acts.day("from_on") if acts.text("from_on") else None, actor_id=acts.staff(),
    ))  # fmt: skip


@views.route(f"{_ONE}/date", methods=["GET", "POST"])
@_MANAGER
def move(slug: str, customer_id: UUID, schedule_id: UUID) -> ResponseReturnValue:
    """Another day: the next run moves, and those after it count on from there."""
    plan, form = _form(slug, customer_id, schedule_id, _("Change the day of %(title)s"), _("Change day"))
    next_on = plan.next_on.isoformat() if plan.next_on else ""
    form = replace(form, fields=[Field("first_on", _("Next on"), "date", next_on, required=True)])
    return _changed(slug, customer_id, schedule_id, form, lambda merchant: change.change_date(
        merchant=merchant, schedule=schedule_id, first_on=acts.day("first_on"), actor_id=acts.staff(),
    ))  # fmt: skip


@views.route(f"{_ONE}/method", methods=["GET", "POST"])
@_MANAGER
def method(slug: str, customer_id: UUID, schedule_id: UUID) -> ResponseReturnValue:
    """Another method, under a consent that the customer has given; or none."""
    plan, form = _form(slug, customer_id, schedule_id, _("Change how %(title)s is paid"), _("Change method"))
    known = chargeable(customer_id)
    form = replace(
        form,
        before=[_("Only methods for which the customer has given a consent can be charged by themselves.")],
        fields=[Field("method", _("Paid"), "select", str(plan.method_id or ""), options=_methods(known))],
    )

    def use(merchant: UUID) -> Applied:
        wanted = acts.chosen("method")
        consent = next((each.consent for each in known if each.method == wanted), None)
        if wanted is not None and consent is None:
            raise DomainError(_("There is no consent for schedules with this method."), field="method")
        return change.change_method(
            merchant=merchant, schedule=schedule_id, method=wanted, consent=consent, actor_id=acts.staff()
        )

    return _changed(slug, customer_id, schedule_id, form, use)


@views.route(f"{_ONE}/pause", methods=["GET", "POST"])
@_MANAGER
def hold(slug: str, customer_id: UUID, schedule_id: UUID) -> ResponseReturnValue:
    """Nothing is billed until a day, or until somebody resumes it."""
    _now, form = _form(slug, customer_id, schedule_id, _("Pause %(title)s"), _("Pause"))
    form = replace(
        form,
        before=[_("What falls into the pause is not billed and not made up. Orders that are made already stay owed.")],
        fields=[
            Field("until", _("Until"), "date", hint=_("Left empty, until somebody resumes it.")),
            Field("note", _("Why"), hint=_("The customer sees it; optional.")),
        ],
    )
    return _changed(slug, customer_id, schedule_id, form, lambda merchant: pause.pause(
        merchant=merchant, schedule=schedule_id, until=acts.day("until") if acts.text("until") else None,
        note=acts.text("note"), actor_id=acts.staff(),
    ))  # fmt: skip


@views.route(f"{_ONE}/end", methods=["GET", "POST"])
@_MANAGER
def end(slug: str, customer_id: UUID, schedule_id: UUID) -> ResponseReturnValue:
    """For good."""
    _now, form = _form(slug, customer_id, schedule_id, _("End %(title)s"), _("End schedule"))
    form = replace(
        form,
        danger=True,
        before=[_("Nothing more is billed, and it cannot be started again. Orders that are made already stay owed.")],
        fields=[Field("note", _("Why"), hint=_("The customer sees it; optional."))],
    )
    return _changed(slug, customer_id, schedule_id, form, lambda merchant: pause.end(
        merchant=merchant, schedule=schedule_id, note=acts.text("note"), actor_id=acts.staff(),
    ))  # fmt: skip


@views.post(f"{_ONE}/resume")
@_MANAGER
def resume(slug: str, customer_id: UUID, schedule_id: UUID) -> ResponseReturnValue:
    """Goes on from today."""
    _plan(customer_id, schedule_id)

    def go_on() -> Sentence:
        said = pause.resume(merchant=acts.house().id, schedule=schedule_id, actor_id=acts.staff()).sentence
        return _("It goes on. %(what)s") % {"what": said}, GOOD

    return acts.pressed(_here(slug, customer_id, schedule_id), go_on)


@views.post(f"{_ONE}/skip")
@_MANAGER
def leave_out(slug: str, customer_id: UUID, schedule_id: UUID) -> ResponseReturnValue:
    """Leaves one period out, or with `undo` bills it after all."""
    _plan(customer_id, schedule_id)

    def use() -> Sentence:
        turn = skip.undo_skip if acts.text("undo") else skip.skip
        said = turn(merchant=acts.house().id, schedule=schedule_id, day=acts.day("period"), actor_id=acts.staff())
        return said.sentence, GOOD

    return acts.pressed(_here(slug, customer_id, schedule_id), use)
