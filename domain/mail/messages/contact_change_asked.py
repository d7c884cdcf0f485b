"""A customer asks the merchant for another name, e-mail or phone."""

from __future__ import annotations

from domain.mail.letter import Envelope, Letter
from kit.i18n import _
from models.customers import ChangeState, ContactChange, ContactKind


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the wish was taken back, replaced or decided since."""
    change, house = ContactChange.get_by_id(envelope.uuid("change")), envelope.house
    if change.state != ChangeState.ASKED:
        return None
    customer, words = change.customer, {"customer": change.customer.name, "slug": house.slug, "id": str(change.id)}
    what, subject, now = {
        ContactKind.NAME: (_("Name"), _("%(customer)s asks for another name"), customer.name),
        ContactKind.PHONE: (_("Phone"), _("%(customer)s asks for another phone number"), customer.phone),
    }.get(change.what, (_("E-mail"), _("%(customer)s asks for another e-mail address"), customer.email))
    return Letter(
        subject=subject % words,
        heading=subject % words,
        first=(_("Make sure that it is them: call the number that you know, not one that came with a mail."),),
        rows=(
            (_("Customer"), " · ".join(filter(None, (customer.name, customer.reference)))),
            (_("What"), what),
            (_("Now"), now or "–"),
            (_("Asked for"), change.wanted),
        ),
        after=(
            _("To make the change: %(command)s") % {"command": _command(words)},
            _("A new e-mail address must also be confirmed from its mailbox before it counts."),
        ),
        why=_("You get this because this is the contact address of %(merchant)s.") % {"merchant": house.name},
        manage=False,
    )


def _command(words: dict[str, str]) -> str:
    return "python manage.py contact-change --merchant {slug} --done {id}".format(**words)
