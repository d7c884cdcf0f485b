"""The desk in the reader's language: why a row stands there, what it is about, what somebody did with it."""

from __future__ import annotations

from datetime import datetime

from domain.desk.terms import Found, Head, Kind, Step
from domain.recoveries.words import why_words
from domain.reports.terms import term
from kit.clock import utc_now
from kit.dates import humane_day, humane_moment
from kit.i18n import _, current_locale, current_zone, ngettext
from models.customers import ContactKind


def heading(row: Found) -> str:
    """Why it stands there, in a few words."""
    names = {
        Kind.GATEWAY: _("No payments are taken"),
        Kind.DISPUTE: _("Disputed"),
        Kind.LOST: _("Dispute lost"),
        Kind.REVIEW: _("Outcome not known"),
        Kind.CHANGE: _("Contact details"),
        Kind.PROMISE: _("Promise broken"),
        Kind.UNTOLD: _("Not reached by e-mail"),
        Kind.CONFIRM: _("Bank must confirm"),
        Kind.PAUSED: _("Schedule paused"),
    }
    if row.kind is Kind.REFUND:
        return _("Refund did not arrive") if row.why == "failed" else _("Refund not known")
    return names.get(row.kind) or term(row.code).short


def sentence(row: Found) -> str:
    """What is behind it, and what that means for the merchant."""
    said = {"code": row.code, "title": row.why, "day": _day(row), "try": _moment(row.next_try)}
    if row.kind is Kind.CHANGE:
        return _asked(row)
    if row.kind in (Kind.NEW_CARD, Kind.CONFIRM) or (row.kind is Kind.REVIEW and row.why):
        return why_words(row.why) or term(row.code).meaning
    return _sentences(row)[row.kind] % said


def _sentences(row: Found) -> dict[Kind, str]:
    unreached = (
        _("The address refuses our e-mails: the customer does not know of the failed payment.")
        if row.email
        else _("There is no e-mail address: the customer does not know of the failed payment.")
    )
    return {
        Kind.GATEWAY: _("No processor account is connected: nothing can be charged until one is."),
        Kind.DISPUTE: _("The cardholder's bank took it back (%(code)s). Answer at your processor by %(day)s.")
        if row.until
        else _("The cardholder's bank asks about it (%(code)s). Answer at your processor."),
        Kind.LOST: _("The bank decided for the cardholder. Write it off, or ask the customer again."),
        Kind.REVIEW: _("The processor cannot tell what became of it. Nothing is charged until that is known."),
        Kind.REFUND: _("The bank sent the money back (%(code)s): give it back in another way.")
        if row.why == "failed"
        else _("The processor did not answer for a day. Look at its own pages whether the refund was made."),
        Kind.PROMISE: _("Promised for %(day)s and not paid. The next try is on %(try)s.")
        if row.next_try
        else _("Promised for %(day)s and not paid. No further try is planned."),
        Kind.UNTOLD: unreached,
        Kind.PAUSED: _("%(title)s stands still, because an order of it was not paid."),
        Kind.EXPIRING: _("%(title)s ends before its next charge on %(day)s."),
    }


def _asked(row: Found) -> str:
    said = {"wanted": row.why}
    names = {
        ContactKind.NAME: _("Asks for another name: %(wanted)s."),
        ContactKind.PHONE: _("Asks for another phone number: %(wanted)s."),
    }
    wanted = next(
        (words for kind, words in names.items() if kind == row.code), _("Asks for another e-mail: %(wanted)s.")
    )
    return wanted % said


def _day(row: Found) -> str:
    zone = current_zone()
    on = row.promised or (row.until.astimezone(zone).date() if row.until else None)
    return humane_day(on, utc_now().astimezone(zone).date(), current_locale()) if on else ""


def _moment(at: datetime | None) -> str:
    return humane_moment(at, utc_now(), current_zone()) if at else ""


def did_words(did: Step, name: str, at: datetime | None) -> str:
    """What somebody did with a row, for whoever comes second; without a name it was the reader."""
    said = {"name": name, "at": _moment(at)}
    if not name:
        return _("This was done on %(at)s already.") % said
    table = {
        Step.TAKEN: _("%(name)s took this on %(at)s."),
        Step.LATER: _("%(name)s put this off on %(at)s."),
        Step.DONE: _("%(name)s finished this on %(at)s."),
        Step.ASKED: _("%(name)s asked for a new card on %(at)s."),
        Step.SENT: _("%(name)s sent the link again on %(at)s."),
        Step.AGREED: _("%(name)s accepted this on %(at)s."),
        Step.DECLINED: _("%(name)s declined this on %(at)s."),
        Step.WRITTEN_OFF: _("%(name)s wrote this off on %(at)s."),
        Step.REOPENED: _("%(name)s asked the customer again on %(at)s."),
        Step.CLOSED: _("%(name)s closed this on %(at)s."),
    }
    return table.get(did, _("%(name)s was faster, on %(at)s.")) % said


def done_words(did: str, rows: int) -> str:
    """What the reader has just done, beside *Undo*."""
    table = {
        Step.TAKEN: _("You took it."),
        Step.GIVEN_BACK: _("It is free again."),
        Step.LATER: _("Put off."),
        Step.DONE: _("Finished."),
        Step.SENT: _("The link leaves in ten seconds."),
    }
    if did == Step.ASKED:
        return ngettext("%(n)d e-mail leaves in ten seconds.", "%(n)d e-mails leave in ten seconds.", rows) % {
            "n": rows
        }
    return next((words for step, words in table.items() if step == did), _("Done."))


def head_line(head: Head) -> str:
    """The list in one line: *7 people, $1,204.00, 3 taken*."""
    people = ngettext("%(n)d person", "%(n)d people", head.people) % {"n": head.people}
    rows = ngettext("%(n)d thing to do", "%(n)d things to do", head.rows) % {"n": head.rows}
    taken = ngettext("%(n)d taken", "%(n)d taken", head.taken) % {"n": head.taken}
    parts = [people if head.people else rows, *map(str, head.amounts), *([taken] if head.taken else [])]
    return ", ".join(parts)
