"""Who did what, and when: the trail in plain words, with filters in the address and a file to take away."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from dashboard.fragment import Fragment
from dashboard.render import fragment
from domain.accounts import roles
from domain.accounts.viewer import MerchantFacts, Role, Viewer
from domain.events import words
from domain.events.audit import Entry, Wanted, page_of, people_of
from domain.events.record import Actor
from kit.calendar import day_of
from kit.i18n import _
from kit.ids import as_uuid
from kit.money import Money

KEYS = ("who", "act", "customer", "from", "to")
_LINKED = {"order": "orders", "payment": "payments"}  # whose subject has a page


@dataclass(frozen=True)
class Told:
    """An entry as it is shown: `href` leads to what it is about."""

    entry: Entry
    who: str
    what: str
    detail: str
    href: str


def layout(viewer: Viewer, page: str = "1", **typed: str) -> Fragment:
    """50 entries that fit the form, the newest first."""
    house = viewer.merchant
    assert house is not None  # the guard: a row with a slug has the viewer's merchant
    base, number = f"/merchant/{house.slug}", int(page) if page.isdecimal() and len(page) < 6 else 1
    shown = page_of(house.id, wanted(typed), zone=house.zone, number=number)
    asked = {name: typed[name] for name in KEYS if typed.get(name)}
    return fragment(
        "merchant/audit.html",
        base=base,
        typed={name: typed.get(name, "") for name in KEYS},
        filtered=bool(asked),
        people=[("", _("Everybody")), *people_of(house.id), *_others()],
        acts=[("", _("Everything")), *((str(act), words.name_of(act)) for act in words.Act)],
        entries=[told(entry, house) for entry in shown.entries],
        newer=_at(base, asked, number - 1) if number > 1 else "",
        older=_at(base, asked, number + 1) if shown.more else "",
        export=f"{base}/audit.csv?{urlencode(asked)}".rstrip("?"),
    )


def wanted(typed: dict[str, str]) -> Wanted:
    """What the address asks for; what makes no sense is left out."""
    who, act = typed.get("who", ""), typed.get("act", "")
    return Wanted(
        who=who if who in set(Actor) or as_uuid(who) else "",
        act=words.Act(act) if act in set(words.Act) else None,
        customer=typed.get("customer", "").strip()[:200],
        first=day_of(typed.get("from", "")),
        last=day_of(typed.get("to", "")),
    )


def _others() -> list[tuple[str, str]]:
    return [(str(actor), actor_name(actor)) for actor in Actor if actor is not Actor.STAFF]


def actor_name(actor: Actor) -> str:
    """Who acts, where that is not somebody of the team."""
    return {
        Actor.CUSTOMER: _("Customers"),
        Actor.STAFF: _("Somebody of the team"),
        Actor.OPERATOR: _("Operators"),
        Actor.CLOCK: _("Settle, by the clock"),
        Actor.GATEWAY: _("The payment processor"),
        Actor.COMMAND: _("Commands on the server"),
    }[actor]


def _somebody(actor: Actor) -> str:
    """One of them whose name is not known any more, or was never needed."""
    one = {Actor.CUSTOMER: _("The customer"), Actor.OPERATOR: _("An operator")}
    return one.get(actor) or actor_name(actor)


def told(entry: Entry, house: MerchantFacts) -> Told:
    """The entry in words."""
    noun = entry.kind.partition(".")[0]
    folder = _LINKED.get(noun, "") if as_uuid(entry.subject_id) else ""
    href = f"/merchant/{house.slug}/{folder}/{entry.subject_id}" if folder else ""
    who = entry.actor_name or _somebody(entry.actor)
    return Told(entry, who, words.sentence(entry.kind), _detail(entry, house), href)


def _detail(entry: Entry, house: MerchantFacts) -> str:
    """What the facts add: a colleague, roles, an amount."""
    said = [entry.subject_name] if entry.subject_name and entry.subject_id != entry.actor_id else []
    named = [_role(entry.facts.get(key)) for key in ("before", "role")]
    said += [" → ".join(name for name in named if name)] if any(named) else []
    amount, currency = entry.facts.get("amount"), str(entry.facts.get("currency", house.currency))
    said += [str(Money(amount, currency))] if isinstance(amount, int) else []
    return " · ".join(said)


def _role(value: object) -> str:
    return roles.name_of(Role(str(value))) if value in set(Role) else ""


def _at(base: str, asked: dict[str, str], number: int) -> str:
    return f"{base}/audit?{urlencode({**asked, 'page': number})}"
