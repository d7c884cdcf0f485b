"""There is no account for this address: said to the mailbox, never on the page."""

from __future__ import annotations

from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from kit.i18n import _


def build(envelope: Envelope) -> Letter | None:
    """For a merchant's customers with the way to make one; for staff with whom to ask."""
    after = (_("If you did not ask for this, do nothing."),)
    house = envelope.merchant
    if house is None:
        return Letter(
            subject=_("No staff account for this address"),
            heading=_("There is no staff account for this address"),
            first=(_("Ask the owner of your business to add you, or try the address that you work with."),),
            after=after,
            why=_("Somebody asked for a staff password with this address."),
            manage=False,
        )
    return Letter(
        subject=_("No account for this address at %(merchant)s") % {"merchant": house.name},
        heading=_("There is no account for this address"),
        first=(
            _("Somebody asked %(merchant)s for a link to get in with this address, but it has no account there.")
            % {"merchant": house.name},
            _("Perhaps you used another address. If this is the one on your bills, make an account with it."),
        ),
        button=Button(_("Create account"), places.create_account(house.slug)),
        after=after,
        why=_("Somebody entered this address on a page of %(merchant)s.") % {"merchant": house.name},
        manage=False,
    )
