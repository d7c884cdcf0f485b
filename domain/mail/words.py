"""A merchant's own words in the letters to its customers: the subject, and a few sentences at the beginning.

Facts, amounts, dates and what the law or a network asks for stay ours: they stand below, as always. Plain text only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from domain.events.record import Actor, record
from domain.mail.catalogue import Template
from domain.mail.letter import Envelope, Letter
from domain.merchants.edits import Errors, locked_merchant, refuse_overtaken
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import LOCALES, _, current_language
from models.base import unit_of_work
from models.merchants import MailText

_MONEY, _UNNAMED = ("amount", "order"), ()
# Every letter to customers, in the order of a customer's life, with what its words may name besides the merchant. The
# links that let somebody in, and what protects the person, go to an address that may be a stranger's: no name there.
WORDED: dict[Template, tuple[str, ...]] = {
    Template.INVITE: _UNNAMED,
    Template.CONFIRM: _UNNAMED,
    Template.NEW_ORDER: ("customer", *_MONEY, "day"),
    Template.BEFORE_CHARGE: ("customer", *_MONEY, "day"),
    Template.RECEIPT: ("customer", "amount", "receipt"),
    Template.BANK_DEBIT_ON_ITS_WAY: ("customer", "amount"),
    Template.PAYMENT_FAILED: ("customer", *_MONEY),
    Template.CONFIRM_AT_BANK: ("customer", *_MONEY),
    Template.METHOD_NEEDED: ("customer", *_MONEY),
    Template.CARD_EXPIRING: ("customer",),
    Template.RETURNED: ("customer", *_MONEY),
    Template.REFUND: ("customer", "amount"),
    Template.SCHEDULE_CHANGED: ("customer", "amount", "day"),
    Template.RUN_CHANGED: ("customer",),
    Template.RESET: _UNNAMED,
    Template.SIGN_IN_LINK: _UNNAMED,
    Template.NO_ACCOUNT: _UNNAMED,
    Template.NEW_EMAIL: _UNNAMED,
    Template.CONTACT_CHANGE: _UNNAMED,
    Template.SECURITY_CHANGE: _UNNAMED,
}
ALWAYS = ("merchant",)
LONGEST_SUBJECT, LONGEST_WORDS, MOST_PARTS = 120, 800, 4
_LONGEST_FILLED = 200
_NAMED = re.compile(r"\{([^{}]*)\}")
_TAG = re.compile(r"<\s*/?\s*[A-Za-z!]")


@dataclass(frozen=True)
class Words:
    """A merchant's words for one letter in one language; "" leaves that part as ours."""

    subject: str = ""
    words: str = ""


def placeholders(template: Template, *, subject: bool = False) -> tuple[str, ...]:
    """What the words of a letter may name, in braces. A subject may also name our own: {subject}."""
    return (*ALWAYS, *WORDED[template], *(("subject",) if subject else ()))


def words_of(merchant: UUID, template: Template, locale: str) -> Words:
    """What a merchant wrote, or empty words. One query."""
    row = MailText.get_or_none(
        MailText.merchant == merchant, MailText.template == str(template), MailText.locale == locale
    )
    return Words(row.subject, row.words) if row else Words()


def written(merchant: UUID) -> Mapping[str, tuple[str, ...]]:
    """In which languages a merchant has words of its own, by letter. One query."""
    found: dict[str, tuple[str, ...]] = {}
    for row in MailText.select().where(MailText.merchant == merchant).order_by(MailText.locale):
        found[row.template] = (*found.get(row.template, ()), row.locale)
    return found


def checked_words(template: Template, wanted: Words) -> Words:
    """The words as they are kept. Raises Wrong with every refused field (`subject`, `words`). Pure."""
    errors = Errors()
    kept = Words(
        errors.take("subject", lambda: _subject(template, wanted.subject), ""),
        errors.take("words", lambda: _words(template, wanted.words), ""),
    )
    errors.settle()
    return kept


def _subject(template: Template, text: str) -> str:
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return _plain(line, placeholders(template, subject=True), LONGEST_SUBJECT)


def _words(template: Template, text: str) -> str:
    parts = [" ".join("".join(s if s.isprintable() else " " for s in part).split()) for part in text.splitlines()]
    kept = [part for part in parts if part]
    if len(kept) > MOST_PARTS:
        raise DomainError(_("At most %(n)d paragraphs: the facts should not slip out of sight.") % {"n": MOST_PARTS})
    return _plain("\n".join(kept), placeholders(template), LONGEST_WORDS)


def _plain(text: str, known: tuple[str, ...], most: int) -> str:
    if len(text) > most:
        raise DomainError(_("That is too long: %(most)d characters at most.") % {"most": most})
    if _TAG.search(text):
        raise DomainError(_("Write plain text: a tag like <b> would be read as it stands."))
    unknown = next((name for name in _NAMED.findall(text) if name not in known), None)
    if unknown is not None:
        raise DomainError(
            _("{%(name)s} is not known here. You can use: %(known)s.")
            % {"name": unknown[:30], "known": ", ".join(f"{{{name}}}" for name in known)}
        )
    if re.search(r"[{}]", _NAMED.sub("", text)):
        raise DomainError(_("A brace stands alone. Write a placeholder like {merchant}."))
    return text


def save_words(
    *, merchant: UUID, staff: UUID, template: Template, locale: str, was: str | None, wanted: Words
) -> Words:
    """Keeps a merchant's words for one letter in one language; both empty is *back to ours*.

    Raises Wrong with every refused field, Overtaken when somebody else was faster.
    """
    if template not in WORDED or locale not in LOCALES:
        raise ValueError(f"{template} in {locale} has no words of a merchant")
    with unit_of_work():
        locked_merchant(merchant)
        now = words_of(merchant, template, locale)
        refuse_overtaken(was, vars(now))
        kept = checked_words(template, wanted)
        if kept == now:
            return kept
        mine = (MailText.merchant == merchant) & (MailText.template == str(template)) & (MailText.locale == locale)
        MailText.delete().where(mine).execute()
        if kept != Words():
            MailText.create(
                merchant=merchant,
                template=str(template),
                locale=locale,
                subject=kept.subject,
                words=kept.words,
                changed_at=utc_now(),
            )
        kind = "mail_text.changed" if kept != Words() else "mail_text.removed"
        facts = {"template": str(template), "locale": locale}
        record(kind, merchant=merchant, actor=Actor.STAFF, actor_id=staff, facts=facts)
    return kept


def in_merchants_words(letter: Letter, template: Template, envelope: Envelope) -> Letter:
    """The letter with what the merchant wrote for it in the current language, if anything. One query."""
    if template not in WORDED or envelope.merchant is None:
        return letter
    return worded(letter, words_of(envelope.merchant.id, template, current_language()), template, envelope)


def worded(letter: Letter, wanted: Words, template: Template, envelope: Envelope) -> Letter:
    """The letter with these words. A part that names something that this one letter has not stays ours. Pure."""
    known = {"merchant": envelope.house.name, "customer": envelope.to_name, "subject": letter.subject}
    known |= letter.values
    subject = _filled(wanted.subject, known, placeholders(template, subject=True))
    opening = _filled(wanted.words, known, placeholders(template))
    return replace(
        letter,
        subject=subject[:_LONGEST_FILLED] or letter.subject,
        first=(*opening.splitlines(), *letter.first),
    )


def _filled(text: str, known: Mapping[str, str], allowed: tuple[str, ...]) -> str:
    names = _NAMED.findall(text)
    if any(name not in allowed or not known.get(name) for name in names):
        return ""
    return _NAMED.sub(lambda found: known[found[1]], text)
