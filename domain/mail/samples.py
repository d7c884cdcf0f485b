"""Every letter to customers as it would read today, made by its own builder over a customer that does not exist."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from domain.accounts.viewer import MerchantFacts
from domain.mail import letters
from domain.mail.catalogue import Template
from domain.mail.letter import Envelope, Letter
from domain.merchants.facts import facts_of
from domain.merchants.sample import EMAIL, NAME, Sample, sample_of
from models.merchants import Merchant

# Which row of the sample a letter is about, and what a builder asks besides. The rest of the facts goes along as it is.
_ABOUT: dict[Template, dict[str, str]] = {
    Template.SECURITY_CHANGE: {"what": letters.PASSWORD},
    Template.NEW_EMAIL: {"change": "mailbox_change"},
    Template.CONTACT_CHANGE: {"change": "phone_change", "news": letters.ContactNews.DONE},
    Template.RECEIPT: {"payment": "paid"},
    Template.RETURNED: {"payment": "paid"},
    Template.REFUND: {"news": letters.RefundNews.SUCCEEDED},
    Template.BANK_DEBIT_ON_ITS_WAY: {"payment": "debit"},
    Template.NEW_ORDER: {"order": "by_hand"},
    Template.BEFORE_CHARGE: {"order": "ahead", "why": letters.BeforeCharge.ALWAYS},
    Template.RUN_CHANGED: {"news": letters.RunNews.KEPT, "due": "day"},
}


def sample_letter(
    merchant: Merchant, template: Template, *, house: MerchantFacts | None = None
) -> tuple[Letter, Envelope]:
    """The letter and its envelope, in the caller's unit of work and language. Nothing of the sample stays.

    `house`: the merchant's facts, when they are not the stored ones.
    """
    with sample_of(merchant) as sample:
        return letter_over(sample, template, house or facts_of(merchant))


def letter_over(sample: Sample, template: Template, house: MerchantFacts) -> tuple[Letter, Envelope]:
    """The letter over a sample that stands just now."""
    envelope = Envelope(_facts(sample, template), EMAIL, NAME, house)
    build: Callable[[Envelope], Letter | None] = import_module(f"domain.mail.messages.{template}").build
    letter = build(envelope)
    if letter is None:
        raise RuntimeError(f"the sample's {template} is not needed: its facts do not fit its builder any more")
    return letter, envelope


def _facts(sample: Sample, template: Template) -> dict[str, str]:
    about = {key: sample.facts.get(value, value) for key, value in _ABOUT.get(template, {}).items()}
    return sample.facts | about
