"""One customer: who, what is owed, what stands behind it, and everything that happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import g

from dashboard.fragment import Fragment
from dashboard.pages.merchant.house import house_of, number_in
from dashboard.pages.merchant.trail_words import (
    Words,
    actor_words,
    delivery_words,
    event_words,
    mail_name,
    origin_words,
    outside_words,
    payment_words,
)
from dashboard.render import fragment
from dashboard.said import heard
from domain.accounts.viewer import Viewer
from domain.customers.decide_change import waiting_of
from domain.customers.record import Record, Who, record_of, who_of
from domain.customers.trail import Entry, Of, Page, trail
from domain.reports.terms import term
from kit.errors import NotFound
from kit.i18n import _


@dataclass(frozen=True)
class Told:
    """One entry of the timeline in words; `href` is where more stands."""

    entry: Entry
    words: Words
    detail: str = ""
    href: str = ""


def layout(viewer: Viewer, customer_id: UUID, page: str = "1", of: str = "") -> Fragment:
    """The record. `page` and `of` are the timeline's."""
    house, who = house_of(viewer), _who(viewer, customer_id)
    base = f"/merchant/{house.slug}"
    if who is None:
        raise NotFound(_("This customer is not there."))
    if who.merged_into is not None:
        return fragment("merchant/record_merged.html", base=base, who=who)
    record = record_of(who, zone=house.zone)
    kind = Of(of) if of in set(Of) else None
    shown = trail(house.id, who.id, of=kind, page=number_in(page))
    return fragment("merchant/record.html", **_values(viewer, record, base), **_story(base, who, shown, kind))


def exists(viewer: Viewer, customer_id: UUID) -> bool:
    """Whether the record is this merchant's."""
    return _who(viewer, customer_id) is not None


def _who(viewer: Viewer, customer_id: UUID) -> Who | None:
    """Read once a request: the guard asks whether the record is there before its page is drawn."""
    kept: Who | None = g.get("record_who")
    if kept is None or kept.id != customer_id:
        kept = g.record_who = who_of(house_of(viewer).id, customer_id)
    return kept


def _values(viewer: Viewer, record: Record, base: str) -> dict[str, Any]:
    """What the record's template reads, and that of the actions beside it."""
    return {
        "base": base,
        "here": f"{base}/customers/{record.who.id}",
        "record": record,
        "who": record.who,
        "said": heard(),
        "asked_changes": waiting_of(record.who.id),
        "customer": record.who,  # this one, the slug and the person are read by what may be done
        "slug": house_of(viewer).slug,
        "person": viewer,
        "term": term,
    }


def _story(base: str, who: Who, shown: Page, kind: Of | None) -> dict[str, Any]:
    here = f"{base}/customers/{who.id}"
    asked = {"of": str(kind)} if kind else {}
    return {
        "told": [_tell(entry, base) for entry in shown.entries],
        "kinds": [("", _("Everything")), *_kinds()],
        "kind": kind or "",
        "newer": _at(here, asked, shown.number - 1) if shown.number > 1 else "",
        "older": _at(here, asked, shown.number + 1) if shown.has_older else "",
    }


def _at(here: str, asked: dict[str, str], number: int) -> str:
    return f"{here}?{urlencode({**asked, 'page': number})}#story"


def _kinds() -> list[tuple[Of, str]]:
    return [
        (Of.PAYMENTS, _("Payments")),
        (Of.MAILS, _("E-mails")),
        (Of.SIGN_INS, _("Sign-ins")),
        (Of.CHANGES, _("Changes")),
        (Of.NOTES, _("Notes")),
        (Of.TEAM, _("Your team")),
    ]


def _tell(entry: Entry, base: str) -> Told:
    if entry.of == Of.PAYMENTS:
        return _payment(entry, base)
    if entry.of == Of.MAILS:
        said, tone = delivery_words(str(entry.delivery))
        href = f"{base}/orders/{entry.order}" if entry.order else ""
        title = _("E-mail: %(name)s") % {"name": mail_name(entry.what)}
        return Told(entry, Words(title, tone, "envelope"), said, href)
    if entry.of == Of.NOTES:
        return Told(entry, Words(_("Note"), "plain", "pencil"), entry.by)
    href = f"{base}/orders/{entry.id}" if entry.what.startswith("order.") and entry.id else ""
    return Told(entry, event_words(entry.what), actor_words(entry.actor, entry.by), href)


def _payment(entry: Entry, base: str) -> Told:
    href = f"{base}/payments/{entry.id}"
    if entry.origin is None:
        words = payment_words(entry.what)
        return Told(entry, words, outside_words(entry.method), href)
    parts = [entry.method, origin_words(entry.origin)]
    if entry.code:
        parts.append(term(entry.code).short)
    return Told(entry, payment_words(entry.what), " · ".join(parts), href)
