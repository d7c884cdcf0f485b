"""A named view of a dashboard, mailed to its person on Monday: the head figures, the tables, and the link."""

from __future__ import annotations

from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.reports.saved_views import still_wanted
from kit.i18n import _


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the view is gone or no longer to be mailed, or its person does not work there any more."""
    view = still_wanted(envelope.uuid("view"))
    if view is None:
        return None
    house = envelope.house
    return Letter(
        subject=_("%(name)s, your week at %(merchant)s") % {"name": view.name, "merchant": house.name},
        heading=view.name,
        first=(_("These are the figures as of this morning."),),
        button=Button(_("Open this view"), places.board(house.slug, view.page, view.query)),
        why=_("You get this on Mondays because you asked for it. Open your named views to stop it."),
        manage=False,
    )
