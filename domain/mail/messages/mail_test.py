"""A letter to customers tried out: the real one over a made-up customer, to the person who wrote its words."""

from __future__ import annotations

from dataclasses import replace

from domain.mail import places
from domain.mail.catalogue import Template
from domain.mail.letter import Button, Envelope, Letter
from domain.mail.samples import sample_letter
from domain.mail.words import in_merchants_words
from kit.i18n import _
from models.merchants import Merchant


def build(envelope: Envelope) -> Letter | None:
    """As it is saved now. Its button leads to the portal: the customer's own link is nobody's."""
    house, template = envelope.house, Template(envelope.facts["template"])
    letter, sample = sample_letter(Merchant.get_by_id(house.id), template)
    letter = in_merchants_words(letter, template, sample)
    return replace(
        letter,
        subject=_("Test: %(subject)s") % {"subject": letter.subject},
        button=letter.button and Button(letter.button.label, places.portal(house.slug)),
        why=_("You get this because you asked for a test of this mail. The customer in it does not exist."),
    )
