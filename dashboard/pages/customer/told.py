"""The timeline of an order in words: what happened, whether money moved, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.orders.timeline import Entry, Kind, Origin
from kit.clock import utc_now
from kit.dates import humane_day, humane_moment
from kit.i18n import _, current_locale, current_zone


@dataclass(frozen=True)
class Told:
    """One entry in words. `tone` is a pill's: bad, warn, good, info, plain; `icon` a picture's name."""

    entry: Entry
    title: str
    detail: str = ""
    tone: str = "plain"
    icon: str = "info-circle"


def tell(entry: Entry) -> Told:
    """The entry in the reader's language."""
    return _TELLERS[entry.kind](entry)


def _made(entry: Entry) -> Told:
    return Told(entry, _("Purchase made"), icon="bag")


def _who(entry: Entry) -> str:
    by_us = entry.origin in (Origin.AUTOMATIC, Origin.RETRY)
    said = _("%(method)s, by us, automatically") if by_us else _("%(method)s, by you")
    if entry.origin == Origin.MERCHANT:
        said = _("%(method)s, by the merchant")
    return said % {"method": entry.method}


def _try_started(entry: Entry) -> Told:
    return Told(entry, _("Payment started"), _who(entry), "info", "arrow-right")


def _try(entry: Entry) -> Told:
    titles = {
        "asking": (_("Payment is being asked for"), "info"),
        "checking": (_("Payment is being checked with your bank"), "info"),
        "confirm": (_("Payment waits for you to confirm it"), "warn"),
        "pending": (_("Payment is on its way"), "info"),
        "received": (_("Paid"), "good"),
        "declined": (_("Payment did not go through"), "bad"),
        "expired": (_("Payment was not confirmed in time"), "bad"),
        "cancelled": (_("Payment was not made"), "plain"),
    }
    title, tone = titles[entry.what]
    return Told(entry, title, _sentence(_who(entry), entry.why, *_outcome(entry)), tone, "credit-card")


def _outcome(entry: Entry) -> list[str]:
    if entry.what in ("declined", "expired", "cancelled"):
        return [_("nothing was taken")]
    if entry.day:
        return [_("final by %(day)s") % {"day": _day(entry.day)}]
    return []


def _outside(entry: Entry) -> Told:
    how = {"cash": _("Cash"), "cheque": _("Cheque"), "transfer": _("Bank transfer")}
    return Told(entry, _("Paid outside the portal"), how.get(entry.what, ""), "good", "cash-coin")


def _came_back(entry: Entry) -> Told:
    title = _("The payment came back on %(day)s") % {"day": _at_day(entry)}
    return Told(entry, title, _("It is owed again."), "bad", "arrow-counterclockwise")


def _dispute(entry: Entry) -> Told:
    titles = {
        "inquiry": (_("Your bank asked about this payment"), _("No money has moved."), "info"),
        "closed": (_("Your bank's question is closed"), _("No money has moved."), "plain"),
        "open": (_("You told your bank that this payment is wrong"), _("Your bank looks into it."), "warn"),
        "won": (_("Your bank has decided: the payment stands"), "", "plain"),
        "lost": (_("Your bank has decided: the money is yours again"), "", "plain"),
    }
    title, detail, tone = titles[entry.what]
    return Told(entry, title, detail, tone, "bank")


def _refund(entry: Entry) -> Told:
    to = _("back to %(method)s") % {"method": entry.method} if entry.method else _("given back outside the portal")
    if entry.what == "succeeded":
        return Told(entry, _("Refunded"), to, "good", "arrow-counterclockwise")
    if entry.what == "failed":
        detail = _("Your bank sent it back. Please ask the merchant how you will get it.")
        return Told(entry, _("The refund did not arrive"), detail, "bad", "arrow-counterclockwise")
    if entry.what == "started":
        return Told(entry, _("Refund started"), to, "plain", "arrow-counterclockwise")
    days = _("banks take some days for this")
    return Told(entry, _("Refund on its way"), _sentence(to, days), "info", "arrow-counterclockwise")


def _adjusted(entry: Entry) -> Told:
    titles = {
        "credit": _("Credit used"),
        "void": _("Cancelled"),
        "write_off": _("Not owed any more"),
        "refund": _("Refunded, not owed any more"),
    }
    return Told(entry, titles[entry.what], icon="check-circle")


def _promised(entry: Entry) -> Told:
    title = _("You said you will pay by %(day)s") % {"day": _day(entry.day)}
    return Told(entry, title, tone="info", icon="calendar-event")


def _promise_ended(entry: Entry) -> Told:
    said = {"day": _day(entry.day)}
    titles = {
        "kept": (_("Paid as you had said, by %(day)s") % said, "good"),
        "broken": (_("%(day)s passed without the payment") % said, "bad"),
        "withdrawn": (_("%(day)s is not the day any more") % said, "plain"),
    }
    title, tone = titles[entry.what]
    return Told(entry, title, "", tone, "calendar-event")


def _planned(entry: Entry) -> Told:
    when = humane_moment(entry.due_at, utc_now(), current_zone()) if entry.due_at else ""
    said = {"when": when, "method": entry.method}
    if entry.what == "planned":
        title = _("We will try again on %(when)s") % said
        return Told(entry, title, _("with %(method)s") % said, "info", "clock")
    title = _("The try planned for %(when)s is cancelled") % said
    return Told(entry, title, _("nothing was taken"), "plain", "clock")


def _mail(entry: Entry) -> Told:
    results = {
        "waiting": (_("It will be sent soon."), "plain"),
        "accepted": (_("Accepted by the mail service."), "plain"),
        "failed": (_("It could not be delivered. Is your e-mail address right?"), "warn"),
        "not_needed": (_("It was not needed any more and was not sent."), "plain"),
    }
    detail, tone = results[str(entry.delivery)]
    return Told(entry, _letter(entry.what), detail, tone, "envelope")


def _letter(template: str) -> str:
    names = {
        "receipt": _("E-mail: your receipt"),
        "payment_failed": _("E-mail: the payment did not go through"),
        "confirm_at_bank": _("E-mail: please confirm at your bank"),
        "bank_debit_on_its_way": _("E-mail: a bank debit is on its way"),
        "refund": _("E-mail: your refund"),
        "returned": _("E-mail: the payment came back"),
        "new_order": _("E-mail: a new bill"),
        "method_needed": _("E-mail: a payment method is needed"),
        "before_charge": _("E-mail: what will be charged"),
    }
    return names.get(template, _("E-mail about this purchase"))


def _sentence(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _day(day: date | None) -> str:
    today = utc_now().astimezone(current_zone()).date()
    return humane_day(day, today, current_locale()) if day else ""


def _at_day(entry: Entry) -> str:
    return _day(entry.at.astimezone(current_zone()).date())


_TELLERS = {
    Kind.MADE: _made,
    Kind.TRY_STARTED: _try_started,
    Kind.TRY: _try,
    Kind.OUTSIDE: _outside,
    Kind.CAME_BACK: _came_back,
    Kind.DISPUTE: _dispute,
    Kind.REFUND: _refund,
    Kind.ADJUSTED: _adjusted,
    Kind.PROMISED: _promised,
    Kind.PROMISE_ENDED: _promise_ended,
    Kind.PLANNED: _planned,
    Kind.MAIL: _mail,
}
