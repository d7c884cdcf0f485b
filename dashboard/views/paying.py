"""Paying, signed in: *Pay now*, the press on the pay page, and the detour to add a card. Every one a native form."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.said import keep_typed, say
from dashboard.views import buying
from domain.accounts.viewer import Audience
from domain.methods import visit
from domain.payments import intention
from domain.payments.pay_form import Sent, keep, pay
from domain.payments.reserve import Held
from kit.errors import DomainError, NotFound
from kit.ids import as_uuid

views = Blueprint("paying", __name__)


@views.post("/p/<slug>/pay")
@door(Audience.CUSTOMER)
def begin(slug: str) -> ResponseReturnValue:
    """*Pay now*: what is owed, or the orders that the form names. With `kind`, first to the page where one is added."""
    buyer, named = buying.buyer(), buying.ticked()
    try:
        handle = intention.begin(buyer=buyer, orders=named or None)
    except DomainError as problem:
        say(problem.sentence)
        return buying.onwards(f"/p/{slug}")
    if "kind" in request.form:
        return _to_hosted_page(slug, handle, buyer)
    return buying.onwards(f"/p/{slug}/pay/{handle}")


@views.post("/p/<slug>/pay/<handle>")
@door(Audience.CUSTOMER)
def press(slug: str, handle: str) -> ResponseReturnValue:
    """The press on *Pay $…*. Whatever is refused, nothing was taken and the selection is still there."""
    buyer = buying.buyer()
    sent = Sent(
        handle=handle,
        orders=buying.ticked(),
        method=as_uuid(request.form.get("method", "")),
        seen=buying.number("seen"),
        press=buying.number("press"),
        ip=request.remote_addr or "",
        agent=buying.agent(),
        amount=_amount(),
        whole=whole if (whole := buying.number("whole")) >= 0 else None,
    )
    try:
        payment = pay(sent, buyer=buyer)
    except Held as held:
        say(held.sentence)
        return buying.onwards(f"/p/{slug}/payments/{held.payment}")
    except NotFound as problem:
        say(problem.sentence)
        return buying.onwards(f"/p/{slug}/pay/{handle}" if _is_there(handle, buyer) else f"/p/{slug}")
    except DomainError as problem:
        return _refused(slug, handle, problem)
    return buying.onwards(f"/p/{slug}/payments/{payment}")


def _amount() -> str:
    """What was typed as a part."""
    return request.form.get("amount", "")[:80]


def _refused(slug: str, handle: str, problem: DomainError) -> ResponseReturnValue:
    """The same page again; an amount that is not allowed is still in its field."""
    say(problem.sentence)
    if problem.field == "amount":
        keep_typed(handle, _amount())
    return buying.onwards(f"/p/{slug}/pay/{handle}")


@views.post("/p/<slug>/pay/<handle>/part")
@door(Audience.CUSTOMER)
def part(slug: str, handle: str) -> ResponseReturnValue:
    """*Use this amount*: the page again, with the typed part, or all of it, on the button."""
    return _keep(slug, handle, buying.buyer()) or buying.onwards(f"/p/{slug}/pay/{handle}")


def _keep(slug: str, handle: str, buyer: intention.Buyer) -> ResponseReturnValue | None:
    """Keeps what is ticked and typed; an answer when that is not possible."""
    method = as_uuid(request.form.get("method", ""))
    try:
        keep(handle, buyer=buyer, orders=buying.ticked(), method=method, amount=_amount())
    except NotFound as problem:
        say(problem.sentence)
        return buying.onwards(f"/p/{slug}")
    except DomainError as problem:
        return _refused(slug, handle, problem)
    return None


def _is_there(handle: str, buyer: intention.Buyer) -> bool:
    try:
        intention.find(handle, buyer=buyer)
    except NotFound:
        return False
    return True


@views.post("/p/<slug>/pay/<handle>/add")
@door(Audience.CUSTOMER)
def add(slug: str, handle: str) -> ResponseReturnValue:
    """*Add card* or *Add bank account* on the pay page: what is ticked is kept, and is there on the way back."""
    buyer = buying.buyer()
    return _keep(slug, handle, buyer) or _to_hosted_page(slug, handle, buyer)


def _to_hosted_page(slug: str, handle: str, buyer: intention.Buyer) -> ResponseReturnValue:
    try:
        return buying.leave_for(visit.start(handle, buyer=buyer, kind=buying.kind(), address=request.remote_addr or ""))
    except DomainError as problem:
        say(problem.sentence)
        return buying.onwards(f"/p/{slug}/pay/{handle}")
