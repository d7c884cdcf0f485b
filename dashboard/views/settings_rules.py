"""The rules: what the portal lets customers do, and how a failed payment is tried again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.views import door_form
from dashboard.views import settings_form as forms
from dashboard.views.settings_form import Form
from domain.accounts.viewer import Audience, Role
from domain.merchants.edits import stamp, whole
from domain.merchants.policy import BOUNDS, EndAction, Policy, checked_policy, policy_of, set_policy
from domain.merchants.portal import set_switches, switches_of
from domain.recoveries.last_month import MOST, failures_of, month_before
from domain.recoveries.what_if import what_if
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _
from kit.money import Money, parse

views = Blueprint("settings_rules", __name__)
_PORTAL, _RETRIES = "/merchant/<slug>/settings/portal", "/merchant/<slug>/settings/retries"
_TICKS = ("sign_in_links", "own_contact", "part_payments", "customers_skip", "tell_before_charge")
_RULES = ("tries", "window_days", "spacing", "bank_tries", "hour", "explore_percent", "backup_after", "end_action")


def _number(name: str) -> Callable[[str], int]:
    least, most = BOUNDS[name]
    return partial(whole, least=least, most=most)


def _portal_labels() -> dict[str, str]:
    return {
        "sign_in_links": _("sign-in links"),
        "own_contact": _("contact details"),
        "part_payments": _("part payments"),
        "part_floor": _("the least part"),
        "promise_days": _("days for a promise"),
        "move_days": _("days to put a bill off"),
        "customers_skip": _("skipping a bill"),
        "tell_before_charge": _("mail before each charge"),
        "bill_days_ahead": _("days a bill is made ahead"),
    }


def _portal_form() -> Form:
    now = switches_of(forms.editor().merchant)
    return Form("merchant/settings/portal.html", _("Portal"), now, _portal_labels())


def _floor(currency: str, text: str) -> int:
    return parse(text, currency).minor if text.strip() else 0


def _portal_around(floor: str | None = None) -> dict[str, Any]:
    house = forms.editor().house
    stored = switches_of(house.id)["part_floor"]
    return {
        "floor": (format(Money(stored, house.currency).decimal(), "f") if stored else "") if floor is None else floor
    }


@views.get(_PORTAL)
@door(Audience.STAFF)
def portal(slug: str) -> ResponseReturnValue:
    """The switches."""
    return forms.draw(slug, _portal_form(), **_portal_around())


@views.post(_PORTAL)
@door(Audience.STAFF)
def save_portal(slug: str) -> ResponseReturnValue:
    """Turns them."""
    who = forms.editor()
    ticks = {name: name in request.form for name in _TICKS}
    numbers = ("promise_days", "move_days", "bill_days_ahead")
    readers: dict[str, Callable[[str], int]] = {name: _number(name) for name in numbers}
    readers["part_floor"] = partial(_floor, who.house.currency)
    typed: dict[str, Any] = ticks | {name: door_form.typed(name) for name in numbers}
    try:
        wanted = ticks | forms.read(request.form, readers)
        changed = set_switches(merchant=who.merchant, staff=who.staff, was=door_form.typed("was"), wanted=wanted)
    except DomainError as problem:
        return forms.refused(slug, _portal_form(), typed, problem, **_portal_around(door_form.typed("part_floor")))
    return forms.saved(slug, changed, _portal_labels(), "/portal")


def _retry_labels() -> dict[str, str]:
    return {
        "tries": _("number of tries"),
        "window_days": _("days within which they are made"),
        "spacing": _("days of the tries"),
        "bank_tries": _("tries of bank debits"),
        "hour": _("hour of the tries"),
        "explore_percent": _("tries at another time"),
        "backup_after": _("when a backup is asked"),
        "end_action": _("what happens at the end"),
    }


def _shown(policy: Policy) -> dict[str, Any]:
    values = {name: getattr(policy, name) for name in _RULES}
    hour = "" if policy.hour is None else str(policy.hour)
    return values | {"spacing": ", ".join(map(str, policy.spacing)), "hour": hour, "end_action": str(policy.end_action)}


def _retry_form() -> Form:
    now = policy_of(forms.editor().merchant)
    return Form("merchant/settings/retries.html", _("Retry policy"), _shown(now), _retry_labels(), Role.OWNER)


def _retry_around(beside: Any = None, seen: str = "") -> dict[str, Any]:
    ends = {
        EndAction.LEAVE: _("Leave it owed: the customer keeps a way to pay"),
        EndAction.PAUSE: _("Leave it owed and pause its schedule until it is paid"),
        EndAction.END: _("Leave it owed and end its schedule"),
        EndAction.WRITE_OFF: _("Write it off and pause its schedule"),
    }
    return {"ends": [(str(end), text) for end, text in ends.items()], "beside": beside, "seen": seen}


@views.get(_RETRIES)
@door(Audience.STAFF)
def retries(slug: str) -> ResponseReturnValue:
    """The policy in words."""
    return forms.draw(slug, _retry_form(), **_retry_around())


@views.post(_RETRIES)
@door(Audience.STAFF, role=Role.OWNER)
def save_retries(slug: str) -> ResponseReturnValue:
    """First shows what this policy would plan for last month's failures; the same form sent again is kept."""
    who = forms.editor()
    typed = {name: door_form.typed(name) for name in _RULES}
    try:
        wanted = _read_rules(typed)
        policy = checked_policy(replace(policy_of(who.merchant), **wanted))
        seen = stamp(wanted)
        if door_form.typed("act") != "save" or door_form.typed("seen") != seen:
            return forms.draw(slug, _retry_form(), typed, **_retry_around(_beside(policy), seen))
        before = policy_of(who.merchant)
        set_policy(merchant=who.merchant, staff=who.staff, was=_was(wanted), changes=wanted)
    except DomainError as problem:
        return forms.refused(slug, _retry_form(), typed, problem, **_retry_around())
    changed = tuple(name for name, value in wanted.items() if value != getattr(before, name))
    return forms.saved(slug, changed, _retry_labels(), "/retries")


def _was(wanted: Mapping[str, Any]) -> str:
    """The form's mark is over what it showed; the use case's over the values themselves."""
    now = policy_of(forms.editor().merchant)
    fresh = door_form.typed("was") == stamp(_shown(now))
    return stamp({name: getattr(now, name) for name in wanted}) if fresh else "another"


def _read_rules(typed: Mapping[str, str]) -> dict[str, Any]:
    numbers = ("tries", "window_days", "bank_tries", "explore_percent", "backup_after")
    readers: dict[str, Callable[[str], Any]] = {name: _number(name) for name in numbers}
    readers |= {"spacing": _days, "hour": _hour, "end_action": _end}
    return forms.read(typed, readers)


def _days(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    if not parts or not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        raise DomainError(_("Write the days between tries ascending, like 1,2,3,5,7."))
    return tuple(int(part) for part in parts)


def _hour(text: str) -> int | None:
    return None if not text else whole(text, least=0, most=23)


def _end(text: str) -> EndAction:
    try:
        return EndAction(text)
    except ValueError:
        raise DomainError(_("Choose what happens at the end.")) from None


def _beside(policy: Policy) -> dict[str, Any]:
    house, now = forms.editor().house, utc_now()
    past, cut = failures_of(house.id, now)
    first, _after = month_before(now, house.zone)
    return {"of": what_if(past, policy, until=now), "month": first, "cut": cut, "most": MOST}
