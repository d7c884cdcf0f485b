"""An invitation to make an account."""

from __future__ import annotations

from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from kit.i18n import _
from models.customers import Account


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the address has a confirmed account by now."""
    house = envelope.house
    has_one = Account.select().where(
        Account.merchant == house.id, Account.email == envelope.to_address, Account.confirmed_at.is_null(False)
    )
    if has_one.exists():
        return None
    return Letter(
        subject=_("Your account at %(merchant)s") % {"merchant": house.name},
        heading=_("See and pay your bills in one place"),
        first=(
            _(
                "%(merchant)s has a page for you: what you bought, what is open, what comes next. You can pay there, "
                "change your card and get your receipts, at any hour."
            )
            % {"merchant": house.name},
            _("Create your account with this address, %(address)s, and you will find your bills in it.")
            % {"address": envelope.to_address},
        ),
        button=Button(_("Create account"), places.create_account(house.slug)),
        why=_("You get this because you are a customer of %(merchant)s.") % {"merchant": house.name},
        manage=False,
    )
