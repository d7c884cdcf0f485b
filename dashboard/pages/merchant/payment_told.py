"""The moments of a payment's life in words, and the same as a plain text for a support case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.pages.merchant.trail_words import (
    Words,
    actor_words,
    delivery_words,
    event_words,
    mail_name,
    origin_words,
    outside_words,
)
from domain.payments.life import Id, Life, Moment, Step
from domain.recoveries.words import rule_words
from domain.reports.terms import term
from kit.bidi import bare
from kit.dates import full_day
from kit.i18n import _, current_locale, ngettext


@dataclass(frozen=True)
class Told:
    """One moment in words. `when` is exact, with the zone."""

    moment: Moment
    words: Words
    when: str
    details: tuple[str, ...]


def tell(moment: Moment, zone: ZoneInfo) -> Told:
    """The moment in the reader's language and the merchant's zone."""
    day_only = moment.step == Step.DUE and moment.day is not None
    when = full_day(moment.day, current_locale()) if day_only and moment.day else exact(moment.at, zone)
    return Told(moment, _words(moment), when, tuple(part for part in _details(moment) if part))


def exact(at: datetime, zone: ZoneInfo) -> str:
    """A moment to the second, with its zone: `2026-11-23 07:00:05 EST`."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def _words(moment: Moment) -> Words:
    match moment.step:
        case Step.MAIL:
            tone = delivery_words(moment.note)[1]
            return Words(_("E-mail: %(name)s") % {"name": mail_name(moment.what)}, tone, "envelope")
        case Step.OPENED:
            title = _("The customer opened the link of the e-mail “%(name)s”") % {"name": mail_name(moment.what)}
            return Words(title, "info", "eye")
        case Step.EVENT:
            return event_words(moment.what)
        case Step.WEBHOOK:
            return Words(_("Webhook received: %(kind)s") % {"kind": moment.what}, "plain", "plug")
        case Step.BOOKED:
            return Words(_("Booked: %(kind)s") % {"kind": _journal(moment.what)}, "plain", "journal-text")
        case Step.CLOSED | Step.STANDS:
            return _state(moment.what)
        case Step.REFUND:
            return _refund(moment.what)
        case Step.DISPUTE:
            return _dispute(moment.what)
    return _steps()[moment.step]


def _steps() -> dict[Step, Words]:
    return {
        Step.DUE: Words(_("Due"), "plain", "calendar-event"),
        Step.PAGE: Words(_("The customer opened the pay page"), "info", "eye"),
        Step.PLANNED: Words(_("Try planned"), "info", "clock"),
        Step.TRY_DUE: Words(_("The planned try was due"), "plain", "clock"),
        Step.STARTED: Words(_("Payment started"), "info", "arrow-right"),
        Step.OUTSIDE: Words(_("Paid outside the portal"), "good", "cash-coin"),
        Step.RESERVED: Words(_("Attempt reserved: its orders are held"), "plain", "lock"),
        Step.SENT: Words(_("First call to the payment processor"), "plain", "send"),
        Step.RECEIPT: Words(_("Receipt issued"), "good", "receipt"),
    }


def _state(state: str) -> Words:
    return {
        "reserved": Words(_("Now: reserved, not sent yet"), "info", "hourglass-split"),
        "sending": Words(_("Now: sent, no answer recorded yet"), "info", "hourglass-split"),
        "unknown": Words(_("Now: outcome unknown, the processor is asked again"), "warn", "hourglass-split"),
        "requires_action": Words(_("Now: waits for the customer to confirm at the bank"), "warn", "hourglass-split"),
        "pending": Words(_("Now: on its way, not final"), "info", "hourglass-split"),
        "review": Words(_("Now: a person of the operator looks"), "warn", "hourglass-split"),
        "succeeded": Words(_("Outcome: succeeded"), "good", "check-circle"),
        "failed": Words(_("Outcome: declined"), "bad", "x-circle"),
        "expired": Words(_("Outcome: not confirmed in time, cancelled"), "bad", "x-circle"),
        "cancelled": Words(_("Outcome: cancelled, nothing was taken"), "plain", "dash-circle"),
        "failed_bug": Words(_("Outcome: the processor refused the request itself"), "bad", "bug"),
    }[state]


def _refund(state: str) -> Words:
    title, tone = {
        "reserved": (_("Refund begun"), "plain"),
        "succeeded": (_("Refund: succeeded"), "good"),
        "failed": (_("Refund: failed"), "bad"),
    }.get(state, (_("Refund: on its way"), "info"))
    return Words(title, tone, "arrow-counterclockwise")


def _dispute(state: str) -> Words:
    title, tone = {
        "inquiry": (_("Dispute: the bank asks"), "info"),
        "closed": (_("Dispute: the question is closed"), "plain"),
        "open": (_("Dispute opened or debit returned"), "warn"),
        "won": (_("Dispute: won"), "good"),
        "lost": (_("Dispute: lost"), "bad"),
    }[state]
    return Words(title, tone, "bank")


def _journal(kind: str) -> str:
    return {
        "payment": _("payment"),
        "bounced": _("payment that did not last"),
        "refund": _("refund"),
        "refund_failed": _("refund that came back"),
        "return": _("returned bank debit"),
        "return_won": _("return taken back"),
        "dispute": _("dispute"),
        "dispute_won": _("dispute won"),
        "dispute_lost": _("dispute lost"),
    }.get(kind, kind)


def _details(moment: Moment) -> list[str]:
    found = [str(moment.amount)] if moment.amount else []
    match moment.step:
        case Step.STARTED:
            found.append(origin_words(moment.what))
        case Step.OUTSIDE:
            found.append(outside_words(moment.what))
        case Step.PLANNED:
            found.append(rule_words(moment.what))
        case Step.MAIL:
            found.append(delivery_words(moment.note)[0])
        case Step.EVENT:
            found.append(actor_words(moment.note))
        case Step.WEBHOOK:
            found.append(_hook(moment.note))
        case Step.BOOKED:
            found += [f"{_account(name)} {amount}" for name, amount in moment.postings]
        case Step.CLOSED | Step.STANDS:
            found += _outcome(moment)
        case _:
            found.append(moment.note)
    return found


def _outcome(moment: Moment) -> list[str]:
    found = []
    if moment.code:
        found.append(f"{term(moment.code).short}: {moment.code}")
    if moment.network:
        found.append(_("the network said %(code)s") % {"code": moment.network})
    if moment.day:
        found.append(_("final by %(day)s") % {"day": full_day(moment.day, current_locale())})
    if moment.count:
        found.append(
            ngettext("looked at again %(n)d time", "looked at again %(n)d times", moment.count) % {"n": moment.count}
        )
    return [*found, moment.note]


def _hook(state: str) -> str:
    return {
        "received": _("waits to be applied"),
        "done": _("applied"),
        "foreign": _("not about anything of ours"),
        "failed": _("given up"),
        "unknown": _("about something that we do not know"),
    }.get(state, state)


def _account(name: str) -> str:
    return {
        "gateway": _("at the processor"),
        "external": _("outside"),
        "receivable": _("owed"),
        "credit": _("customer's credit"),
        "dispute": _("disputed"),
        "write_off": _("written off"),
    }.get(name, name)


def id_name(of: str) -> str:
    """What an id is the id of."""
    return {
        "payment": _("Payment (ours)"),
        "attempt": _("Attempt (ours)"),
        "order": _("Order number"),
        "account": _("Processor account"),
        "intent": _("Payment intent"),
        "charge": _("Charge"),
        "method": _("Payment method"),
        "gateway_customer": _("Processor customer"),
        "refund": _("Refund"),
        "refund_row": _("Refund (ours)"),
        "dispute": _("Dispute"),
        "receipt": _("Receipt"),
        "event": _("Event"),
        "journal": _("Journal (ours)"),
        "mail": _("E-mail (ours)"),
    }.get(of, of)


def as_text(life: Life, told: list[Told], zone: ZoneInfo) -> str:
    """The life as plain text: ids, states, moments. No name, address or link of anybody: support needs none."""
    head = [
        _("Payment %(id)s") % {"id": life.id},
        f"{life.amount} · {life.method or outside_words(life.external)} · {_state_line(life)}",
        _("Times in %(zone)s") % {"zone": zone.key},
    ]
    ids = [_line(each) for each in life.ids]
    lines = [_moment_line(one) for one in told]
    return bare("\n".join((*head, "", *ids, "", *lines)))


def _state_line(life: Life) -> str:
    return f"{life.state}" + (f" ({life.code})" if life.code else "")


def _line(each: Id) -> str:
    return f"{id_name(each.of)}: {each.value}"


def _moment_line(one: Told) -> str:
    ids = [each.value for each in one.moment.ids]
    return f"{one.when}  {' | '.join((one.words.title, *one.details, *ids))}"
