"""The merchant's customers: narrowed down, sorted, page by page, and to take away."""

from __future__ import annotations

from urllib.parse import urlencode

from dashboard.fragment import Fragment
from dashboard.pages.merchant.house import house_of, number_in
from dashboard.render import fragment
from domain.accounts.viewer import Role, Viewer
from domain.customers.listing import COUNTED, Sort, State, Wanted, listed, read
from kit.calendar import local_day
from kit.clock import utc_now
from kit.i18n import _


def layout(viewer: Viewer, page: str = "1", **typed: str) -> Fragment:
    """Fifty customers. The address is the form's state."""
    house, wanted = house_of(viewer), read(typed)
    shown = listed(house.id, wanted, today=local_day(utc_now(), house.zone), page=number_in(page))
    here = f"/merchant/{house.slug}/customers"
    asked = _asked(wanted)
    return fragment(
        "merchant/customers.html",
        here=here,
        base=f"/merchant/{house.slug}",
        wanted=wanted,
        states=[("", _("All")), *_states()],
        sorts=_sorts(),
        page=shown,
        counted=COUNTED,
        filtered=bool(wanted.words or wanted.state),
        before=_at(here, {**asked, "page": shown.number - 1}) if shown.number > 1 else "",
        after=_at(here, {**asked, "page": shown.number + 1}) if shown.has_more else "",
        csv=_at(f"{here}.csv", asked),
        xlsx=_at(f"{here}.xlsx", asked),
        may_act=viewer.may(Role.MANAGER),
    )


def _asked(wanted: Wanted) -> dict[str, object]:
    named = {"q": wanted.words, "state": wanted.state or "", "sort": wanted.sort if wanted.sort != Sort.NAME else ""}
    return {key: str(value) for key, value in named.items() if value}


def _at(path: str, asked: dict[str, object]) -> str:
    return f"{path}?{urlencode(asked)}" if asked else path


def _states() -> list[tuple[State, str]]:
    return [
        (State.OWES, _("Owes something now")),
        (State.FAILING, _("A payment failed")),
        (State.AUTO, _("Charged automatically")),
        (State.NO_AUTO, _("Not charged automatically")),
        (State.EXPIRING, _("Card expires soon")),
        (State.NOT_INVITED, _("Not invited, no account")),
        (State.NEVER_IN, _("Never signed in")),
    ]


def _sorts() -> list[tuple[Sort, str]]:
    return [
        (Sort.NAME, _("Name")),
        (Sort.OWED, _("Most owed first")),
        (Sort.SEEN, _("Last signed in first")),
        (Sort.NEWEST, _("Newest first")),
    ]
