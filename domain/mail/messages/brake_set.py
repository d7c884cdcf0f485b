"""Automatic bank debits have stopped, because too many came back."""

from __future__ import annotations

from domain.compliance.brakes import group_of
from domain.compliance.words import group_words
from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from kit.i18n import _
from models.console import Brake


def build(envelope: Envelope) -> Letter | None:
    """Nothing when it was lifted since."""
    brake, house = Brake.get_by_id(envelope.uuid("brake")), envelope.house
    if brake.lifted_at is not None:
        return None
    group, returns, debits = group_of(brake)
    subject = _("Automatic bank debits of %(merchant)s are stopped") % {"merchant": house.name}
    return Letter(
        subject=subject,
        heading=subject,
        first=(
            _("Too many bank debits came back. Before a limit of Nacha is passed, Settle makes no more by itself."),
            _("Nothing is lost: planned tries wait. Customers can still pay from a bank account by themselves."),
        ),
        rows=(
            (_("Which returns"), group_words(group)),
            (_("How many"), _("%(n)d of %(all)d debits in 60 days") % {"n": returns, "all": debits}),
        ),
        button=Button(_("Open the limits"), places.board(house.slug, "limits", "")),
        after=(_("Find out why they came back first. A manager can then let automatic bank debits go on."),),
        why=_("You get this because you are an owner of %(merchant)s.") % {"merchant": house.name},
        manage=False,
    )
