"""The pay page: *what*, *how*, the exact amount. One native form; a tick asks the server for the new amount."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from dash import Input, Output, dcc, html

from dashboard.callbacks import callback
from dashboard.fragment import Fragment
from dashboard.render import fragment
from dashboard.said import heard, typed
from dashboard.viewer import place, signed_in
from dashboard.views.buying import buyer, customer_of
from domain.accounts.viewer import Audience, Viewer
from domain.methods.queries import MethodView
from domain.payments import intention
from domain.payments.amount_text import as_typed
from domain.payments.intention import Selection
from domain.payments.pay_form import choose
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.ids import as_uuid

_WIDTH = {"maxWidth": "37.5rem"}


def layout(viewer: Viewer, handle: str) -> html.Div:
    """The form, or the way back when the selection has expired."""
    said = heard()
    base = f"/p/{viewer.merchant.slug}" if viewer.merchant else ""
    try:
        chosen = intention.selection(handle, buyer=buyer())
    except NotFound as problem:
        return html.Div(fragment("customer/pay_expired.html", base=base, sentence=problem.sentence), style=_WIDTH,
                        className="mx-auto")  # fmt: skip
    action = f"{base}/pay/{handle}"
    head = fragment("customer/pay_head.html", base=base, merchant=viewer.merchant, said=said)
    form = html.Form(
        [
            fragment("customer/pay_what.html", chosen=chosen, base=base),
            html.Div(_total(chosen), id="pay--total"),
            fragment("customer/pay_part.html", chosen=chosen, action=f"{action}/part", typed=_typed(chosen)),
            fragment(
                "customer/pay_how.html", chosen=chosen, base=base, add=f"{action}/add", banks=_takes_banks(chosen)
            ),
            html.Div(_button(viewer, chosen, chosen.method), id="pay--button"),
            dcc.Input(id="pay--ticks", type="hidden", value=""),
        ],
        id="pay--form",
        method="post",
        action=action,
        autoComplete="off",
    )
    return html.Div([head, form], className="mx-auto", style=_WIDTH)


def exists(viewer: Viewer, handle: str) -> bool:
    """Whether the selection is this customer's; an expired one is still a page that says so."""
    return intention.is_mine(handle, customer=customer_of(viewer))


@callback(
    Audience.CUSTOMER,
    Output("pay--total", "children"),
    Output("pay--button", "children"),
    Input("pay--ticks", "value"),
    prevent_initial_call=True,
)
def recompute(ticks: str | None) -> tuple[Fragment, Fragment]:
    """The exact amount of what is ticked now. Ids from the browser are claims: others' orders are left out."""
    here, (orders, method, amount) = place(), _read(ticks or "")
    handle, wrong = str(here.ids.get("handle", "")) if here else "", ""
    try:
        chosen = choose(handle, buyer=buyer(), orders=orders, amount=amount)
    except NotFound:
        raise
    except DomainError as problem:
        chosen, wrong = intention.selection(handle, buyer=buyer()), problem.sentence
    return _total(chosen, wrong), _button(signed_in(), chosen, method, wrong)


def _read(ticks: str) -> tuple[list[UUID], UUID | None, str]:
    """`order,order|method|amount`, as assets/pay.js writes it."""
    orders, method, amount = [*str(ticks).split("|", 2), "", ""][:3]
    return [order for text in orders.split(",")[:1000] if (order := as_uuid(text))], as_uuid(method), amount[:80]


def _typed(chosen: Selection) -> str:
    """What the amount's field shows: what was refused, else the part that is on the button."""
    return typed(chosen.handle) or (as_typed(chosen.total) if chosen.choice.is_part else "")


def _total(chosen: Selection, wrong: str = "") -> Fragment:
    return fragment("customer/pay_total.html", chosen=chosen, wrong=wrong or (chosen.chosen and chosen.refused))


def _button(viewer: Viewer, chosen: Selection, method: UUID | None, wrong: str = "") -> Fragment:
    used = next((each for each in chosen.methods if each.id == method and each.usable), None)
    values: dict[str, Any] = {
        "chosen": chosen,
        "method": used,
        "base": f"/p/{viewer.merchant.slug}" if viewer.merchant else "",
        "missing": _("Check the amount") if wrong else _missing(chosen, used),
        "merchant": viewer.merchant,
        "email": viewer.email,
        "banks": any(each.is_bank and each.usable for each in chosen.methods),
    }
    return fragment("customer/pay_button.html", **values)


def _missing(chosen: Selection, used: MethodView | None) -> str:
    """What the person has to do before anything can be paid, or nothing."""
    if not chosen.chosen:
        return _("Choose what to pay")
    if chosen.refused:
        return _("Too small to be charged by itself")
    if used is None:
        return _("Choose how to pay") if any(each.usable for each in chosen.methods) else _("Add a card to pay")
    return ""


def _takes_banks(chosen: Selection) -> bool:
    return chosen.total.currency == "USD"
