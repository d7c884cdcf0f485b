"""The settings: one calm line for each section, saying how it stands now."""

from __future__ import annotations

from typing import NamedTuple

from dashboard.fragment import Fragment
from dashboard.render import fragment
from dashboard.said import heard
from domain.accounts.viewer import MerchantFacts, Role, Viewer
from domain.merchants.standing import Standing, standing_of
from kit.clock import utc_now
from kit.dates import humane_moment
from kit.i18n import _, current_zone, listed, ngettext


class Line(NamedTuple):
    """A section: where it is, its icon and name, how it stands; `alarm`: somebody should look."""

    path: str  # empty: not for this person
    icon: str
    name: str
    now: str
    alarm: str = ""


def layout(viewer: Viewer) -> Fragment:
    """One fragment: nothing on this page needs a callback."""
    house, staff = viewer.merchant, viewer.staff_id
    assert house is not None and staff is not None
    at = standing_of(house.id, staff)
    return fragment(
        "merchant/settings/index.html",
        base=f"/merchant/{house.slug}/settings",
        parts=[
            (_("Your business"), [_business(house), _design(house, at), _mails(at)]),
            (_("Money"), [_payments(at, viewer), _retries(at), _portal(at)]),
            (_("People"), _people(at)),
        ],
        said=heard(),
    )


def _business(house: MerchantFacts) -> Line:
    now = [house.name, house.contact_email or _("no contact e-mail"), house.zone.replace("_", " "), house.currency]
    return Line("business", "shop", _("Business"), " · ".join(now))


def _design(house: MerchantFacts, at: Standing) -> Line:
    now = _("Your logo, colour %(colour)s") if at.logo else _("No logo yet, colour %(colour)s")
    return Line("design", "eye", _("Design"), now % {"colour": house.brand})


def _mails(at: Standing) -> Line:
    now = ngettext("%(n)d letter in your words", "%(n)d letters in your words", at.mails_worded)
    return Line(
        "mails", "envelope", _("Mail texts"), now % {"n": at.mails_worded} if at.mails_worded else _("Our words")
    )


def _payments(at: Standing, viewer: Viewer) -> Line:
    path = "payments" if viewer.may(Role.OWNER) else ""
    on = at.connection
    if on is None:
        return Line(path, "credit-card", _("Payments"), _("No account is connected"), _("Nobody can pay"))
    words = {"account": on.external_id}
    now = _("%(account)s, live") % words if on.livemode else _("%(account)s, test mode") % words
    if not on.signed:
        return Line(path, "credit-card", _("Payments"), now, _("No signing secret yet"))
    if on.last_event_at is None:
        return Line(path, "credit-card", _("Payments"), now + " · " + _("no event came yet"))
    last = humane_moment(on.last_event_at, utc_now(), current_zone())
    return Line(path, "credit-card", _("Payments"), now + " · " + _("last event %(at)s") % {"at": last})


def _retries(at: Standing) -> Line:
    tries = ngettext("%(n)d try within %(days)d days", "%(n)d tries within %(days)d days", at.policy.tries)
    now = tries % {"n": at.policy.tries, "days": at.policy.window_days} if at.policy.tries else _("No tries by itself")
    return Line("retries", "arrow-repeat", _("Retry policy"), now)


def _portal(at: Standing) -> Line:
    policy = at.policy
    offered = {
        _("part payments"): policy.part_payments,
        _("promises"): bool(policy.promise_days),
        _("other dates"): bool(policy.move_days),
        _("skipping"): policy.customers_skip,
        _("changes of contact details"): at.own_contact,
    }
    on = [name for name, offers in offered.items() if offers]
    now = _("Customers may use: %(what)s") % {"what": listed(on)} if on else _("Customers pay; nothing else is offered")
    return Line("portal", "card-checklist", _("Portal"), now)


def _people(at: Standing) -> list[Line]:
    team = ngettext("%(n)d person", "%(n)d people", at.team) % {"n": at.team}
    if at.digest_hour is None:
        digest = _("You get none")
    else:
        digest = _("At %(hour)s, if something stands on Today") % {"hour": f"{at.digest_hour:02d}:00"}
    factor = _("Second factor is on") if at.second_factor else _("Without a second factor")
    return [
        Line("team", "people", _("Team"), team),
        Line("digest", "sun", _("Daily digest"), digest),
        Line("you", "person", _("You"), factor),
    ]
