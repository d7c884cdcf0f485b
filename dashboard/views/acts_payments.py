"""What a merchant's person does with money that comes in: take a payment now, note one from outside, take that back."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.views import acts, buying
from dashboard.views.acts import GOOD, Field, Form, Sentence
from dashboard.views.acts_customers import record_of
from dashboard.views.acts_orders import order_page
from domain.accounts.viewer import Audience, Role
from domain.customers import desk
from domain.disputes import decide as disputes
from domain.disputes.decide import LostAs
from domain.methods.queries import MethodView, methods_of
from domain.orders.facts import facts_of
from domain.orders.outside import Outside, Received, bounced, record_outside
from domain.orders.owed import OrderView, outstanding
from domain.payments.amount_text import as_typed
from domain.payments.queries import PaymentView, Stage, nudge, payment_of
from domain.payments.reserve import AlreadyPaid, AmountChanged, Held
from domain.payments.take import Taking, take
from domain.refunds.form import refundable
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _, current_zone
from kit.ids import as_uuid
from kit.money import Money

views = Blueprint("acts_payments", __name__)
_CUSTOMER = "/merchant/<slug>/customers/<uuid:customer_id>"
_PAYMENT = "/merchant/<slug>/payments/<uuid:payment_id>"
_ORDER = "/merchant/<slug>/orders/<uuid:order_id>"
_MANAGER = door(Audience.STAFF, role=Role.MANAGER)
_WAITS = (2, 2, 3, 4, 5, 8, 13, 20, 30)  # seconds until the page asks again, growing
_WAITING = (Stage.ASKING, Stage.CHECKING)


def payment_page(slug: str, payment: UUID) -> str:
    """Where a payment's life stands."""
    return f"/merchant/{slug}/payments/{payment}"


def _sent() -> bool:
    return request.method == "POST"


@views.get(f"{_ORDER}/take-payment", defaults={"what": "take-payment"})
@views.get(f"{_ORDER}/outside-payment", defaults={"what": "outside-payment"})
@_MANAGER
def for_order(slug: str, order_id: UUID, what: str) -> ResponseReturnValue:
    """The customer's form, with this order's amount filled in."""
    facts = facts_of(merchant=acts.house().id, order=order_id)
    return buying.onwards(f"{record_of(slug, facts.customer)}/{what}?order={order_id}")


def _payable(customer: UUID) -> list[OrderView]:
    """What is owed first, then what is coming; at most fifty."""
    return [view for view in outstanding(customer) if view.payable][:50]


def _share_fields(views: list[OrderView]) -> list[Field]:
    """One amount an order; only that of the order one came from is filled in."""
    wanted = as_uuid(request.args.get("order", ""))
    found = []
    for view in views:
        filled = view.id == wanted or len(views) == 1
        named = {"number": view.number, "title": view.title, "open": view.open}
        found.append(
            Field(f"share_{view.id}", _("%(number)s, %(title)s: %(open)s open") % named, "amount",
                  as_typed(view.open) if filled else "")
        )  # fmt: skip
    return found


def _shares(views: list[OrderView]) -> dict[UUID, Money]:
    """How much of which order was typed. Raises DomainError at the field."""
    return {
        view.id: acts.amount(f"share_{view.id}", view.open.currency) for view in views if acts.text(f"share_{view.id}")
    }


def _seen(views: list[OrderView]) -> dict[str, str]:
    """What was open on each when the form was drawn: kept as it was, so that a change is noticed."""
    now = {f"seen_{view.id}": str(view.open.minor) for view in views}
    return {name: request.form.get(name, value) for name, value in now.items()} if _sent() else now


@views.route(f"{_CUSTOMER}/take-payment", methods=["GET", "POST"])
@_MANAGER
def take_payment(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """A payment now, on a stored method, because the customer says so."""
    key, house = acts.handle(), acts.house()
    name = desk.contact_of(merchant=house.id, customer=customer_id).name
    before = payment_of(customer_id, key) if _sent() else None
    if before is not None:
        return buying.onwards(f"{payment_page(slug, key)}/outcome")
    orders, methods = _payable(customer_id), [view for view in methods_of(customer_id) if view.usable]
    form = Form(
        title=_("Take a payment from %(name)s") % {"name": name},
        back=record_of(slug, customer_id),
        back_label=_("Customer"),
        submit=_("Take the payment"),
        before=[
            _("The card is charged as soon as you press, once. The next page tells whether the money has moved."),
            _("Ask: “May %(merchant)s charge this card once, now, for this amount?” The answer is kept with it.")
            % {"merchant": house.name},
        ],
        fields=[
            *_share_fields(orders),
            Field("method", _("Payment method"), "choice", _first(methods), options=_named(methods)),
            Field("agreed", _("The customer has said yes to this amount on this method"), "tick"),
        ],
        hidden={"handle": str(key), **_seen(orders)},
        refused=_not_now(orders, methods),
    )
    if not _sent():
        return acts.draw(form)
    try:
        payment = take(merchant=house.id, taking=_taking(key, customer_id, orders), staff=acts.staff())
    except NotFound:
        raise
    except Held as held:
        say(held.sentence)
        return buying.onwards(f"{payment_page(slug, held.payment)}/outcome")
    except (AmountChanged, AlreadyPaid) as problem:
        say(problem.sentence)
        return buying.onwards(f"{record_of(slug, customer_id)}/take-payment")
    except DomainError as problem:
        return acts.draw(form, {_at(problem, orders): problem.sentence}), HTTPStatus.UNPROCESSABLE_ENTITY
    return buying.onwards(f"{payment_page(slug, payment)}/outcome")


def _taking(key: UUID, customer: UUID, orders: list[OrderView]) -> Taking:
    method = acts.chosen("method")
    if method is None:
        raise DomainError(_("Choose one of the customer's payment methods."), field="method")
    shares = _shares(orders)
    seen = {}
    for view in orders:
        typed = request.form.get(f"seen_{view.id}", "")
        minor = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else -1
        seen[view.id] = Money(minor, view.open.currency)
    return Taking(key, customer, method, shares, {order: seen[order] for order in shares}, bool(acts.text("agreed")))


def _at(problem: DomainError, orders: list[OrderView]) -> str:
    """The field that a sentence stands at; one about the amounts at the first that was typed."""
    if problem.field in ("amount", "shares"):
        typed = [view for view in orders if acts.text(f"share_{view.id}")] or orders
        return f"share_{typed[0].id}" if typed else ""
    return problem.field or ""


def _named(methods: list[MethodView]) -> list[tuple[str, str]]:
    return [(str(view.id), f"{view.label}. {view.note}" if view.note else view.label) for view in methods]


def _first(methods: list[MethodView]) -> str:
    return next((str(view.id) for view in methods if view.fit), "")


def _not_now(orders: list[OrderView], methods: list[MethodView]) -> str:
    if not orders:
        return _("Nothing is open that could be paid now.")
    return "" if methods else _("No payment method is stored. The customer adds one in the portal, or pays by a link.")


@views.get(f"{_PAYMENT}/outcome")
@_MANAGER
def outcome(slug: str, payment_id: UUID) -> ResponseReturnValue:
    """What became of it. While the bank is asked the page refreshes itself; it never asks the bank itself."""
    facts = refundable(merchant=acts.house().id, payment=payment_id)
    view = payment_of(facts.customer, payment_id)
    if view is None:
        abort(404)
    turn = min(request.args.get("n", 0, type=int), 99)
    here = f"{payment_page(slug, payment_id)}/outcome"
    waiting = view.stage in _WAITING
    if view.attempt is not None and view.stage.is_open:
        nudge(view.attempt)
    return page(
        "merchant/acts/outcome.html",
        title=_outcome_title(view),
        payment=view,
        stage=view.stage.value,
        refresh=f"{_WAITS[turn]}; url={here}?n={turn + 1}" if waiting and 0 <= turn < len(_WAITS) else "",
        here=here,
        life=payment_page(slug, payment_id),
        record=record_of(slug, facts.customer),
        again=f"{record_of(slug, facts.customer)}/take-payment"
        + (f"?order={view.orders[0].id}" if view.orders else ""),
        orders=[(order, order_page(slug, order.id)) for order in view.orders],
        said=heard(),
    )


def _outcome_title(view: PaymentView) -> str:
    return {
        Stage.ASKING: _("Asking the bank…"),
        Stage.CHECKING: _("Not known yet"),
        Stage.CONFIRM: _("The customer must confirm at the bank"),
        Stage.PENDING: _("The bank debit is on its way"),
        Stage.RECEIVED: _("Payment received"),
        Stage.DECLINED: _("The bank said no"),
        Stage.EXPIRED: _("The time to confirm has passed"),
        Stage.CANCELLED: _("The payment was not made"),
        Stage.RETURNED: _("The bank took this payment back"),
    }[view.stage]


@views.route(f"{_CUSTOMER}/outside-payment", methods=["GET", "POST"])
@_MANAGER
def outside_payment(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """Cash, a cheque, a transfer: money that came by itself."""
    key, house = acts.handle(), acts.house()
    name = desk.contact_of(merchant=house.id, customer=customer_id).name
    orders = _payable(customer_id)
    form = Form(
        title=_("Record a payment of %(name)s") % {"name": name},
        back=record_of(slug, customer_id),
        back_label=_("Customer"),
        submit=_("Record the payment"),
        before=[_("Nothing is charged: the money has reached you already. The customer gets a receipt.")],
        fields=[
            *_share_fields(orders),
            Field("kind", _("It came as"), "select", options=_kinds()),
            Field(
                "received_on",
                _("Received on"),
                "date",
                utc_now().astimezone(current_zone()).date().isoformat(),
                required=True,
            ),
            Field("note", _("Number of the cheque, or reference of the transfer"), hint=_("optional")),
        ],
        hidden={"handle": str(key)},
        refused="" if orders or _sent() else _("Nothing is open that could be paid now."),
    )
    if not _sent():
        return acts.draw(form)

    def keep() -> Sentence:
        kind = next((each for each in Outside if each.value == acts.text("kind")), None)
        if kind is None:
            raise DomainError(_("Choose how the money came."), field="kind")
        if payment_of(customer_id, key) is None:
            shares = _shares(orders)
            if not shares:
                raise DomainError(
                    _("Write how much of which order came."), field=f"share_{orders[0].id}" if orders else None
                )
            received = Received(key, customer_id, shares, kind, acts.day("received_on"), acts.text("note"))
            record_outside(merchant=house.id, received=received, staff=acts.staff())
        return _("The payment is recorded, and the receipt is on its way. Nothing was charged."), GOOD

    return acts.done(form, payment_page(slug, key), keep)


def _kinds() -> list[tuple[str, str]]:
    return [
        (Outside.CASH.value, _("Cash")),
        (Outside.CHEQUE.value, _("Cheque")),
        (Outside.TRANSFER.value, _("Bank transfer")),
    ]


@views.route(f"{_PAYMENT}/reverse", methods=["GET", "POST"])
@_MANAGER
def reverse(slug: str, payment_id: UUID) -> ResponseReturnValue:
    """A cheque that bounced, or an entry that was a mistake."""
    facts = refundable(merchant=acts.house().id, payment=payment_id)
    form = Form(
        title=_("Take back this recorded payment"),
        back=payment_page(slug, payment_id),
        back_label=_("Payment"),
        submit=_("Take it back"),
        before=[
            _(
                "For a cheque that bounced or an entry that was a mistake: %(left)s is owed again, the receipt says "
                "that it was reversed, and the customer is told. No money moves."
            )
            % {"left": facts.left}
        ],
        danger=True,
        refused=_("This payment came through the payment processor. Refund it instead.") if facts.method else "",
    )
    if not _sent():
        return acts.draw(form)

    def take_back() -> Sentence:
        bounced(merchant=acts.house().id, payment=payment_id, staff=acts.staff())
        return _("Taken back: what it had paid is owed again. No money has moved."), GOOD

    return acts.done(form, payment_page(slug, payment_id), take_back)


@views.post(f"{_PAYMENT}/disputes/<uuid:dispute_id>/<any(reopen, write_off):how>")
@_MANAGER
def decide(slug: str, payment_id: UUID, dispute_id: UUID, how: str) -> ResponseReturnValue:
    """A lost dispute: asked from the customer again, or given up."""

    def settle() -> Sentence:
        facts = refundable(merchant=acts.house().id, payment=payment_id)
        lost_as = LostAs(how)
        disputes.decide(merchant=acts.house().id, dispute=dispute_id, lost_as=lost_as, actor_id=acts.staff())
        if lost_as is LostAs.REOPEN:
            return _("What the bank took back of %(amount)s is owed again.") % {"amount": facts.amount}, GOOD
        return _("Given up: the loss is booked, and nothing more is asked of the customer."), GOOD

    return acts.pressed(payment_page(slug, payment_id), settle)
