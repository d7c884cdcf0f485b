"""What a merchant's person does to an order: make, correct, void, write off, settle with credit, try now or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.views import acts
from dashboard.views.acts import GOOD, WARN, Field, Form, Sentence
from dashboard.views.acts_customers import record_of
from domain.accounts.viewer import Audience, Role
from domain.customers import desk
from domain.orders import adjust
from domain.orders import bill as bills
from domain.orders.edit import edit_order, editing
from domain.orders.facts import Facts, facts_of
from domain.orders.make import NewLine
from domain.payments.amount_text import as_typed
from domain.recoveries import by_merchant, promises
from kit.clock import utc_now
from kit.dates import humane_moment
from kit.errors import DomainError
from kit.i18n import _, current_zone

views = Blueprint("acts_orders", __name__)
_ONE = "/merchant/<slug>/orders/<uuid:order_id>"
_MANAGER = door(Audience.STAFF, role=Role.MANAGER)
_LINES = 6


def order_page(slug: str, order: UUID) -> str:
    """Where an order stands."""
    return f"/merchant/{slug}/orders/{order}"


def _sent() -> bool:
    return request.method == "POST"


def _facts(order: UUID) -> Facts:
    return facts_of(merchant=acts.house().id, order=order)


@views.route("/merchant/<slug>/customers/<uuid:customer_id>/orders/new", methods=["GET", "POST"])
@_MANAGER
def new(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """An order from nothing."""
    key, house = acts.handle(), acts.house()
    name = desk.contact_of(merchant=house.id, customer=customer_id).name
    methods = [(str(view.id), view.label) for view in bills.chargeable(customer_id)]
    form = Form(
        title=_("New order for %(name)s") % {"name": name},
        back=record_of(slug, customer_id),
        back_label=_("Customer"),
        submit=_("Create order"),
        before=[
            _("No money moves now. With a method, it is charged by itself on the due day; else the customer pays.")
        ],
        fields=[
            *_line_fields([], house.currency),
            Field("title", _("Name of the order"), hint=_("Left empty, it is called after its first line.")),
            Field("due_on", _("Due"), "date", utc_now().astimezone(current_zone()).date().isoformat(), required=True),
            Field("method", _("Paid"), "select", options=[("", _("by the customer, by hand")), *methods]),
            Field("tell", _("Send the customer a mail with a link to pay it"), "tick"),
        ],
        hidden={"handle": str(key)},
    )
    if not _sent():
        return acts.draw(form)

    def create() -> Sentence:
        bills.bill(
            merchant=house.id,
            bill=bills.Bill(
                handle=key,
                customer=customer_id,
                lines=_lines(house.currency),
                due_on=acts.day("due_on"),
                title=acts.text("title"),
                method=acts.chosen("method"),
                tell=bool(acts.text("tell")),
            ),
            staff=acts.staff(),
        )
        return _("The order is made. No money has moved."), GOOD

    return acts.done(form, order_page(slug, key), create)


def _line_fields(lines: Sequence[NewLine], currency: str) -> list[Field]:
    """As many rows as the order has, and some empty ones."""
    rows = max(_LINES if not lines else 0, len(lines) + 2)
    found = []
    for n in range(1, rows + 1):
        line = lines[n - 1] if n <= len(lines) else None
        value = as_typed(line.total) if line else ""
        label = _("Amount in %(currency)s") % {"currency": currency}
        found.append(
            Field(f"line_{n}", _("Line %(n)d") % {"n": n}, "pair", line.title if line else "",
                  second=(f"amount_{n}", label, value))
        )  # fmt: skip
    return found


def _lines(currency: str, before: Sequence[NewLine] = ()) -> list[NewLine]:
    """The lines that were typed. One that stands as before keeps its quantity and kind. Raises DomainError at one."""
    found = []
    for n in range(1, len(before) + _LINES + 3):
        title, typed = acts.text(f"line_{n}"), acts.text(f"amount_{n}")
        if not title and not typed:
            continue
        if not title:
            raise DomainError(_("Write what this amount is for."), field=f"line_{n}")
        old = before[n - 1] if n <= len(before) else None
        if old is not None and typed == as_typed(old.total):
            found.append(NewLine(title, old.total, old.quantity, old.kind))
        else:
            found.append(NewLine(title, acts.amount(f"amount_{n}", currency)))
    if not found:
        raise DomainError(_("Write at least one line with its amount."), field="line_1")
    return found


@views.route(f"{_ONE}/edit", methods=["GET", "POST"])
@_MANAGER
def edit(slug: str, order_id: UUID) -> ResponseReturnValue:
    """Name, due day and, while nothing has happened to it, the lines."""
    merchant, facts = acts.house().id, _facts(order_id)
    now = editing(merchant=merchant, order=order_id)
    currency = facts.total.currency
    lines = [] if now.fixed else _line_fields(now.lines, currency)
    form = Form(
        title=_("Change order %(number)s") % {"number": facts.number},
        back=order_page(slug, order_id),
        back_label=facts.number,
        submit=_("Save"),
        before=[_("No money moves.")],
        fields=[
            Field("title", _("Name of the order"), value=now.title),
            Field("due_on", _("Due"), "date", now.due_on.isoformat(), hint=now.dated, required=True),
            Field("lines", _("Lines"), "heading", hint=now.fixed),
            *lines,
        ],
        hidden={"stamp": acts.text("stamp") if _sent() else now.stamp},
    )
    if not _sent():
        return acts.draw(form)

    def save() -> Sentence:
        changed = edit_order(
            merchant=merchant,
            order=order_id,
            title=acts.text("title"),
            due_on=acts.day("due_on"),
            lines=[] if now.fixed else _lines(currency, now.lines),
            stamp=acts.text("stamp"),
            staff=acts.staff(),
        )
        return (_("Saved. No money has moved.") if changed else _("It stands so already. Nothing was changed.")), GOOD

    return acts.done(form, order_page(slug, order_id), save)


@views.route(f"{_ONE}/void", methods=["GET", "POST"])
@_MANAGER
def void(slug: str, order_id: UUID) -> ResponseReturnValue:
    """It was never owed."""
    said = _("It says that this was never owed. %(open)s is taken off; no money moves, and no try is made any more.")
    done = _("Voided: nothing is owed on %(number)s any more. No money has moved.")
    return _take_off(slug, order_id, _("Void order %(number)s"), said, _("Void"), done, adjust.void_order)


@views.route(f"{_ONE}/write-off", methods=["GET", "POST"])
@_MANAGER
def write_off(slug: str, order_id: UUID) -> ResponseReturnValue:
    """It is owed and given up."""
    said = _(
        "%(open)s is given up as a loss; no money moves, no try is made any more, and the customer may not pay it."
    )
    done = _("Written off: nothing is collected on %(number)s any more. No money has moved.")
    return _take_off(slug, order_id, _("Write off %(number)s"), said, _("Write off"), done, adjust.write_off_order)


def _take_off(  # noqa: PLR0917 - the words of one page
    slug: str, order: UUID, title: str, said: str, button: str, done: str, use: Callable[..., None]
) -> ResponseReturnValue:
    facts = _facts(order)
    form = Form(
        title=title % {"number": facts.number},
        back=order_page(slug, order),
        back_label=facts.number,
        submit=button,
        before=[said % {"open": facts.open}],
        fields=[Field("note", _("Why"), hint=_("optional"))],
        danger=True,
        refused="" if facts.open or _sent() else _("Nothing is open on it any more."),
    )
    if not _sent():
        return acts.draw(form)

    def take() -> Sentence:
        use(merchant=acts.house().id, order=order, note=acts.text("note"), actor_id=acts.staff())
        return done % {"number": facts.number}, GOOD

    return acts.done(form, order_page(slug, order), take)


@views.post(f"{_ONE}/credit")
@_MANAGER
def use_credit(slug: str, order_id: UUID) -> ResponseReturnValue:
    """Settles it with the customer's credit."""

    def settle() -> Sentence:
        used = adjust.apply_credit(merchant=acts.house().id, order=order_id, actor_id=acts.staff())
        return _("%(amount)s of the customer's credit was used. No money has moved.") % {"amount": used}, GOOD

    facts = _facts(order_id)
    if not facts.open:
        return acts.pressed(order_page(slug, order_id), lambda: (_("Nothing is open on it any more."), GOOD))
    return acts.pressed(order_page(slug, order_id), settle)


@views.post(f"{_ONE}/try-now")
@_MANAGER
def try_now(slug: str, order_id: UUID) -> ResponseReturnValue:
    """Brings the planned try forward."""

    def bring() -> Sentence:
        by_merchant.try_now(merchant=acts.house().id, order=order_id, staff=acts.staff())
        return _("It is tried within a minute. Nothing has been taken yet; the outcome stands here."), GOOD

    return acts.pressed(order_page(slug, order_id), bring)


@views.post(f"{_ONE}/stop-trying")
@_MANAGER
def stop_trying(slug: str, order_id: UUID) -> ResponseReturnValue:
    """No automatic try any more."""

    def stop() -> Sentence:
        by_merchant.stop_trying(merchant=acts.house().id, order=order_id, staff=acts.staff())
        return _("Nothing is tried by itself any more. It stays owed, and the customer may pay it."), GOOD

    return acts.pressed(order_page(slug, order_id), stop)


@views.post(f"{_ONE}/go-on-trying")
@_MANAGER
def go_on_trying(slug: str, order_id: UUID) -> ResponseReturnValue:
    """By the plan again."""

    def go_on() -> Sentence:
        at = by_merchant.go_on_trying(merchant=acts.house().id, order=order_id, staff=acts.staff())
        if at is None:
            return _("No try can be planned: nothing may be charged by itself here."), WARN
        return _("It is tried again %(at)s.") % {"at": humane_moment(at, utc_now(), current_zone())}, GOOD

    return acts.pressed(order_page(slug, order_id), go_on)


@views.post(f"{_ONE}/withdraw-promise")
@_MANAGER
def withdraw_promise(slug: str, order_id: UUID) -> ResponseReturnValue:
    """The customer's day does not hold any more: our own plan resumes."""

    def withdraw() -> Sentence:
        customer = _facts(order_id).customer
        if promises.withdraw(customer=customer, order=order_id, staff=acts.staff()):
            return _("The promised day is taken back. Tries go on by your plan."), GOOD
        return _("No day is promised any more."), GOOD

    return acts.pressed(order_page(slug, order_id), withdraw)
