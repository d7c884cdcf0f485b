"""Sends one mail of the outbox. At least once: a repeat after a kill carries the same Message-ID."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from uuid import UUID

from domain.accounts.language import language_of
from domain.accounts.viewer import MerchantFacts
from domain.mail.catalogue import NOT_NEEDED, SECURITY, Template
from domain.mail.dress import message
from domain.mail.letter import Envelope, Letter
from domain.mail.reach import is_unreachable, reached, refused
from domain.mail.words import in_merchants_words
from domain.merchants.facts import facts_of
from domain.reports import dirty
from integrations.mail.smtp import MailRefused, MailUnreachable, deliver
from kit.clock import utc_now
from kit.config import settings
from kit.i18n import speaking
from kit.log import log
from models.base import unit_of_work
from models.work import Mail, MailState

_LEASE = timedelta(minutes=2)  # longer than any relay takes; after it somebody else may send
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
_GIVE_UP = timedelta(days=5)  # RFC 5321 4.5.4.1: give up after four to five days


def send(mail_id: UUID) -> None:
    """Sends a due mail and marks it; nothing for one that is sent, not due, or in another worker's hands.

    A relay that is away or says 4xx: later, with growing pauses. 5xx: failed for good, and a bad mailbox is marked.
    A mail that is not needed any more, or to a marked mailbox, is suppressed (security mails try it all the same).
    """
    mail = _claim(mail_id)
    if mail is None:
        return
    try:
        _deliver(mail)
    except MailRefused as refusal:
        _was_refused(mail, refusal)
    except MailUnreachable as trouble:
        _later(mail, f"relay: {trouble}")
    except Exception as bug:
        _later(mail, f"error: {type(bug).__name__}")
        raise


def _claim(mail_id: UUID) -> Mail | None:
    now = utc_now()
    with unit_of_work():
        free = Mail.lease_until.is_null() | (Mail.lease_until <= now)
        claim = Mail.update(lease_until=now + _LEASE, tries=Mail.tries + 1).where(
            Mail.id == mail_id, Mail.state == MailState.DUE, Mail.due_at <= now, free
        )
        if claim.execute() != 1:
            return None
        found: Mail = Mail.get_by_id(mail_id)
        return found


def _deliver(mail: Mail) -> None:
    template = Template(mail.template)
    with unit_of_work():  # short: it issues the letter's link
        house = facts_of(mail.merchant) if mail.merchant else None
        envelope = Envelope(json.loads(mail.facts), mail.to_address, mail.to_name, house)
        tongue = _tongue(mail, house)
        with speaking(**tongue):
            unreachable = template not in SECURITY and is_unreachable(mail.to_address)
            letter = None if unreachable else _builder(template)(envelope)
            letter = letter and in_merchants_words(letter, template, envelope)
    if letter is None:
        _close(mail, MailState.SUPPRESSED, "the relay refuses this address" if unreachable else NOT_NEEDED)
        return
    with speaking(**tongue):
        dressed = message(letter, envelope, mail_id=str(mail.id), made_at=mail.created_at)
    deliver(dressed, url=settings().smtp_url, sender=settings().mail_from, recipient=mail.to_address)
    _close(mail, MailState.SENT, "accepted by the relay")


def _tongue(mail: Mail, house: MerchantFacts | None) -> dict[str, str]:
    """The language that the letter is asked for in, else the recipient's, else the merchant's; its zone and country."""
    if house is None:
        return {"zone": "UTC"}
    chosen = json.loads(mail.facts).get("speak") or language_of(house.id, mail.to_address)
    return {"zone": house.zone, "country": house.country, "locale": chosen or house.locale}


def _builder(template: Template) -> Callable[[Envelope], Letter | None]:
    build: Callable[[Envelope], Letter | None] = import_module(f"domain.mail.messages.{template}").build
    return build


def _close(mail: Mail, state: MailState, result: str) -> None:
    with unit_of_work():
        Mail.update(
            state=state, result=result, lease_until=None, sent_at=utc_now() if state == MailState.SENT else None
        ).where(Mail.id == mail.id, Mail.state == MailState.DUE).execute()
        if state == MailState.SENT:
            reached(mail.to_address)
        if mail.merchant_id is not None and mail.customer_id is not None:
            dirty.mark(mail.merchant_id, utc_now(), what=dirty.ADOPTION)
    log().info("mail.closed", mail=str(mail.id), template=mail.template, state=str(state))


def _was_refused(mail: Mail, refusal: MailRefused) -> None:
    if not refusal.permanent:
        _later(mail, f"relay: {refusal.code}")
        return
    if refusal.mailbox:
        with unit_of_work():
            refused(mail.to_address, f"relay: {refusal.code}")
    _close(mail, MailState.FAILED, f"relay: {refusal.code}")


def _later(mail: Mail, result: str) -> None:
    now = utc_now()
    if now - mail.created_at > _GIVE_UP:
        _close(mail, MailState.FAILED, f"given up: {result}")
        return
    with unit_of_work():
        Mail.update(due_at=now + pause_after(mail.tries), lease_until=None, result=result[:200]).where(
            Mail.id == mail.id, Mail.state == MailState.DUE
        ).execute()
    log().warning("mail.later", mail=str(mail.id), tries=mail.tries, result=result)


def pause_after(tries: int) -> timedelta:
    """The pause after that many tries: 30 seconds, doubling, an hour at most."""
    doublings = min(max(tries - 1, 0), 10)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)


def due(now: datetime, most: int) -> list[UUID]:
    """The mails that somebody should send now, the oldest first: for the clock, which finds what no hint reached."""
    free = Mail.lease_until.is_null() | (Mail.lease_until <= now)
    rows = Mail.select(Mail.id).where(Mail.state == MailState.DUE, Mail.due_at <= now, free).order_by(Mail.due_at)
    return [row.id for row in rows.limit(most)]
