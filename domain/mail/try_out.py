"""Trying out the words of a letter: drawn as it would arrive, or mailed to the person who wrote them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.accounts import throttle
from domain.events.record import Actor, record
from domain.mail import dress, staff_letters
from domain.mail.catalogue import Template
from domain.mail.samples import sample_letter
from domain.mail.words import WORDED, Words, worded
from domain.merchants.facts import facts_of
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import LOCALES, _, speaking
from models.base import unit_of_work
from models.merchants import Merchant, Staff


@dataclass(frozen=True)
class Drawn:
    """A letter as it would arrive."""

    subject: str
    page: str  # HTML
    ours: str  # the subject that we write


def drawn(merchant: UUID, template: Template, locale: str, words: Words, *, logo: str) -> Drawn:
    """A letter in one language with these words, over a customer that does not exist. Nothing is kept."""
    with unit_of_work():
        row = Merchant.get_by_id(merchant)
        house = facts_of(row)
        with speaking(zone=house.zone, locale=locale, country=house.country):
            letter, envelope = sample_letter(row, template, house=house)
    with speaking(zone=house.zone, locale=locale, country=house.country):
        made = worded(letter, words, template, envelope)
        return Drawn(made.subject, dress.shown(made, envelope, logo=logo), letter.subject)


def send_test(*, merchant: UUID, staff: UUID, template: Template, locale: str) -> str:
    """Mails the letter with the words that are saved to the person who asks, and to nobody else. Answers the address.

    Raises DomainError when this person's tests of the hour, or of the day, are used up.
    """
    if template not in WORDED or locale not in LOCALES:
        raise ValueError(f"{template} in {locale} is no letter to customers")
    with unit_of_work():
        person = Staff.get_by_id(staff)
        if not throttle.may_mail("mail test", person.email, utc_now()):
            raise DomainError(_("You have had your tests for now: three an hour, ten a day. Try again later."))
        staff_letters.mail_test(person, merchant, template=template, locale=locale)
        facts = {"template": str(template), "locale": locale}
        record("mail_text.tested", merchant=merchant, actor=Actor.STAFF, actor_id=staff, facts=facts)
        address: str = person.email
    return address
