"""The account at the payment processor: connected, checked, changed, taken away. Owners only, just proved."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.said import say
from dashboard.views import door_form
from dashboard.views import settings_form as forms
from dashboard.views.settings_form import Form
from domain.accounts.viewer import Audience, Role
from domain.merchants import connection
from domain.merchants.connection import connection_of
from kit.config import settings
from kit.errors import DomainError
from kit.i18n import _

views = Blueprint("settings_payments", __name__)
_AT = "/merchant/<slug>/settings/payments"


def _form() -> Form:
    return Form("merchant/settings/payments.html", _("Payments"), {}, {}, Role.OWNER)


def _again(slug: str, problem: DomainError) -> ResponseReturnValue:
    """The page with the sentence; what was pasted is a secret and is not sent back."""
    return forms.refused(slug, _form(), {}, problem, said=None, **_around())


def _around() -> dict[str, Any]:
    return {"at": connection_of(forms.editor().merchant), "sandbox": bool(settings().gateway_url)}


@views.get(_AT)
@door(Audience.STAFF, role=Role.OWNER, proof=True)
def show(slug: str) -> ResponseReturnValue:
    """How the connection stands."""
    return forms.draw(slug, _form(), **_around())


@views.post(_AT)
@door(Audience.STAFF, role=Role.OWNER, proof=True)
def connect(slug: str) -> ResponseReturnValue:
    """Checks a key at the processor and keeps it."""
    who = forms.editor()
    try:
        account = connection.connect_account(
            merchant=who.merchant,
            staff=who.staff,
            secret_key=door_form.typed("secret_key"),
            other="other" in request.form,
        )
    except DomainError as problem:
        return _again(slug, problem)
    words = {"name": account.name or account.id, "account": account.id}
    say(_("Connected: %(name)s (%(account)s) answered with this key.") % words, "good")
    return _back(slug)


@views.post(f"{_AT}/check")
@door(Audience.STAFF, role=Role.OWNER, proof=True)
def check(slug: str) -> ResponseReturnValue:
    """Asks the processor now."""
    try:
        account = connection.check_live(forms.editor().merchant)
    except DomainError as problem:
        return _again(slug, problem)
    mode = _("live mode") if account.livemode else _("test mode")
    words = {"account": account.id, "mode": mode}
    if account.charges_enabled:
        say(_("%(account)s answered: %(mode)s, charges are enabled.") % words, "good")
    else:
        say(_("%(account)s answered: %(mode)s, but charges are not enabled. Finish its activation there.") % words)
    return _back(slug)


@views.post(f"{_AT}/webhook")
@door(Audience.STAFF, role=Role.OWNER, proof=True)
def webhook(slug: str) -> ResponseReturnValue:
    """Keeps a signing secret."""
    who = forms.editor()
    try:
        second = connection.set_webhook_secret(
            merchant=who.merchant, staff=who.staff, secret=door_form.typed("webhook_secret")
        )
    except DomainError as problem:
        return _again(slug, problem)
    if second:
        say(_("Saved. Events signed with either secret are believed until you finish the change."), "good")
    else:
        say(_("Saved. Events signed with this secret are believed from now on."), "good")
    return _back(slug)


@views.post(f"{_AT}/webhook/finish")
@door(Audience.STAFF, role=Role.OWNER, proof=True)
def finish(slug: str) -> ResponseReturnValue:
    """Lets the old signing secret go."""
    who = forms.editor()
    try:
        connection.finish_change(merchant=who.merchant, staff=who.staff)
    except DomainError as problem:
        return _again(slug, problem)
    say(_("The old signing secret is not believed any more."), "good")
    return _back(slug)


@views.post(f"{_AT}/disconnect")
@door(Audience.STAFF, role=Role.OWNER, proof=True)
def disconnect(slug: str) -> ResponseReturnValue:
    """Charges nothing more through it."""
    who = forms.editor()
    try:
        connection.disconnect(merchant=who.merchant, staff=who.staff)
    except DomainError as problem:
        return _again(slug, problem)
    say(_("Disconnected. Nothing is charged until you connect an account."))
    return _back(slug)


def _back(slug: str) -> ResponseReturnValue:
    return redirect(f"{forms.base(slug)}/payments", 303)
