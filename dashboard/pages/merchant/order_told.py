"""The timeline of an order in the words of the merchant's people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.pages.merchant.trail_words import (
    Words,
    delivery_words,
    mail_name,
    origin_words,
    outside_words,
    payment_words,
)
from domain.orders.timeline import Entry, Kind
from kit.clock import utc_now
from kit.dates import humane_day, humane_moment
from kit.i18n import _, current_locale, current_zone


@dataclass(frozen=True)
class Told:
    """One entry in words."""

    entry: Entry
    words: Words
    detail: str = ""


def tell(entry: Entry) -> Told:
    """The entry in the reader's language."""
    teller = _TELLERS.get(entry.kind)
    return teller(entry) if teller else Told(entry, _plain(entry))


def _plain(entry: Entry) -> Words:
    return {
        Kind.MADE: Words(_("Order made"), "plain", "bag"),
        Kind.CAME_BACK: Words(_("Payment came back: it is owed again"), "bad", "arrow-counterclockwise"),
    }.get(entry.kind, Words(str(entry.kind)))


def _try(entry: Entry) -> Told:
    parts = [entry.method, origin_words(entry.origin) if entry.origin else "", entry.why]
    if entry.day:
        parts.append(_("final by %(day)s") % {"day": _day(entry.day)})
    return Told(entry, payment_words(entry.what), " · ".join(part for part in parts if part))


def _try_started(entry: Entry) -> Told:
    who = origin_words(entry.origin) if entry.origin else ""
    return Told(entry, Words(_("Payment started"), "info", "arrow-right"), f"{entry.method} · {who}")


def _outside(entry: Entry) -> Told:
    return Told(entry, Words(_("Paid outside the portal"), "good", "cash-coin"), outside_words(entry.what))


def _dispute(entry: Entry) -> Told:
    titles = {
        "inquiry": (_("The bank asks about this payment"), "info"),
        "closed": (_("The bank's question is closed"), "plain"),
        "open": (_("The customer disputes this payment"), "warn"),
        "won": (_("Dispute won: the payment stands"), "good"),
        "lost": (_("Dispute lost"), "bad"),
    }
    title, tone = titles[entry.what]
    return Told(entry, Words(title, tone, "bank"))


def _refund(entry: Entry) -> Told:
    titles = {
        "succeeded": (_("Refunded"), "good"),
        "failed": (_("The refund did not arrive"), "bad"),
        "started": (_("Refund started"), "plain"),
    }
    title, tone = titles.get(entry.what, (_("Refund on its way"), "info"))
    return Told(entry, Words(title, tone, "arrow-counterclockwise"), entry.method)


def _adjusted(entry: Entry) -> Told:
    titles = {"credit": _("Credit used"), "void": _("Voided"), "write_off": _("Written off")}
    return Told(entry, Words(titles.get(entry.what, _("Refunded, not owed any more")), "plain", "dash-circle"))


def _promised(entry: Entry) -> Told:
    title = _("The customer promised to pay by %(day)s") % {"day": _day(entry.day)}
    return Told(entry, Words(title, "info", "calendar-event"))


def _promise_ended(entry: Entry) -> Told:
    said = {"day": _day(entry.day)}
    title, tone = {
        "kept": (_("The promise for %(day)s was kept") % said, "good"),
        "broken": (_("The promise for %(day)s was broken") % said, "bad"),
    }.get(entry.what, (_("The promise for %(day)s was withdrawn or replaced") % said, "plain"))
    return Told(entry, Words(title, tone, "calendar-event"))


def _planned(entry: Entry) -> Told:
    when = humane_moment(entry.due_at, utc_now(), current_zone()) if entry.due_at else ""
    title = _("Next try planned for %(when)s") if entry.what == "planned" else _("The try for %(when)s was dropped")
    return Told(
        entry, Words(title % {"when": when}, "info" if entry.what == "planned" else "plain", "clock"), entry.method
    )


def _mail(entry: Entry) -> Told:
    said, tone = delivery_words(str(entry.delivery))
    return Told(entry, Words(_("E-mail: %(name)s") % {"name": mail_name(entry.what)}, tone, "envelope"), said)


def _day(day: date | None) -> str:
    today = utc_now().astimezone(current_zone()).date()
    return humane_day(day, today, current_locale()) if day else ""


_TELLERS = {
    Kind.TRY_STARTED: _try_started,
    Kind.TRY: _try,
    Kind.OUTSIDE: _outside,
    Kind.DISPUTE: _dispute,
    Kind.REFUND: _refund,
    Kind.ADJUSTED: _adjusted,
    Kind.PROMISED: _promised,
    Kind.PROMISE_ENDED: _promise_ended,
    Kind.PLANNED: _planned,
    Kind.MAIL: _mail,
}
