"""The link that came to a new mailbox: opened signed in, it shows a button; only the button uses it up."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import say
from dashboard.viewer import signed_in
from dashboard.views import buying
from domain.accounts.links import LinkDead
from domain.accounts.viewer import Audience
from domain.customers.new_email import Proved, Waiting, prove, waiting
from kit.i18n import _

views = Blueprint("new_email", __name__)


@views.get("/p/<slug>/new-email/<token>")
@door(Audience.CUSTOMER, token_in_address=True)
def link(slug: str, token: str) -> ResponseReturnValue:
    """A page with a button; opening it consumes nothing."""
    found = waiting(account=_account(), token=token)
    return _shown(slug, found), HTTPStatus.OK if found else HTTPStatus.NOT_FOUND


def _account() -> UUID:
    """The signed-in account. Raises NotAllowed for somebody who only looks."""
    account = buying.buyer().account
    assert account is not None
    return account


def _shown(slug: str, found: Waiting | None) -> str:
    return page(
        "customer/details_new_email.html",
        title=_("Your new e-mail address") if found else _("This link no longer works"),
        waiting=found,
        details=f"/p/{slug}/details",
    )


@views.post("/p/<slug>/new-email/<token>")
@door(Audience.CUSTOMER, token_in_address=True)
def confirm(slug: str, token: str) -> ResponseReturnValue:
    """Uses the link up; the details page says what came of it."""
    person = signed_in()
    try:
        done = prove(account=_account(), session=person.session_id, token=token)
    except LinkDead:
        return _shown(slug, None), HTTPStatus.NOT_FOUND
    say(_outcome(done, person.merchant.name if person.merchant else ""), "warn" if done.taken else "good")
    return buying.onwards(f"/p/{slug}/details")


def _outcome(done: Proved, merchant: str) -> str:
    words = {"new": done.new, "old": done.old, "merchant": merchant}
    if done.taken:
        return (
            _(
                "%(new)s has an account of its own here, so nothing was changed. Sign in with it to use that account, "
                "or ask %(merchant)s to join the two."
            )
            % words
        )
    if done.signs_in:
        return _("Done. From now on you sign in with %(new)s, and we write there.") % words
    return _("Done. From now on we write to %(new)s.") % words
