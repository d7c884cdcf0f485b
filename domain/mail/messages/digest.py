"""The list of today as a mail to one of the merchant's people. Read from the store when it leaves."""

from __future__ import annotations

from domain.desk.digest import still_there
from domain.desk.queries import whole_list
from domain.desk.terms import counted
from domain.desk.words import head_line, heading
from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from kit.clock import utc_now
from kit.i18n import _, ngettext

_MOST = 20


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the person has left or wants none, or when the list is finished by now."""
    if not still_there(envelope.uuid("membership")):
        return None
    house = envelope.house
    rows = whole_list(house, utc_now())
    if not rows:
        return None
    words = {"head": head_line(counted(rows)), "merchant": house.name}
    beyond = len(rows) - _MOST
    more = ngettext("And %(n)d more.", "And %(n)d more.", beyond) % {"n": beyond} if beyond > 0 else ""
    return Letter(
        subject=_("Today at %(merchant)s: %(head)s") % words,
        heading=_("Today: %(head)s") % words,
        first=(_("This waits for a person of your team."),),
        rows=tuple(
            (row.found.name or house.name, " · ".join(filter(None, (str(row.found.amount or ""), heading(row.found)))))
            for row in rows[:_MOST]
        ),
        button=Button(_("Open the list"), places.desk(house.slug)),
        after=tuple(filter(None, (more,))),
        why=_("You get this because you asked for it. Change the hour or stop it here: %(address)s")
        % {"address": places.digest_hour(house.slug)},
        manage=False,
    )
