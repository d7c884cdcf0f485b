"""A part of the contact details changes, or does not: told to its owner, who may not have been the one."""

from __future__ import annotations

from datetime import datetime

from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.mail.letters import ContactNews
from kit.clock import utc_now
from kit.dates import humane_moment
from kit.i18n import _, current_zone
from models.customers import ContactChange, ContactKind


def build(envelope: Envelope) -> Letter | None:
    """The old mailbox does not learn the new address: it may be somebody else's by now."""
    change = ContactChange.get_by_id(envelope.uuid("change"))
    at = humane_moment(datetime.fromisoformat(envelope.facts["at"]), utc_now(), current_zone())
    words = {"merchant": envelope.house.name, "at": at}
    match ContactNews(envelope.facts["news"]):
        case ContactNews.EMAIL_BEGUN:
            return _email_begun(envelope, words)
        case ContactNews.EMAIL_DONE:
            return _email_done(words)
        case ContactNews.DONE:
            return _done(change, envelope, words)
    return _declined(change, words)


def _email_begun(envelope: Envelope, words: dict[str, str]) -> Letter:
    return Letter(
        subject=_("Somebody asked to change your e-mail address at %(merchant)s") % words,
        heading=_("Your e-mail address is to be changed"),
        first=(
            _("On %(at)s somebody who is signed in as you asked %(merchant)s to write to another address.") % words,
            _("If that was you, open the link that we sent there. Until then this address works as before."),
            _("If it was not, choose a new password now. That also stops the change."),
        ),
        button=Button(_("Choose a new password"), places.forgot(envelope.house.slug)),
        why=_("We always tell you when your e-mail address is to be changed."),
    )


def _email_done(words: dict[str, str]) -> Letter:
    return Letter(
        subject=_("Your e-mail address at %(merchant)s was changed") % words,
        heading=_("Your e-mail address was changed"),
        first=(
            _("On %(at)s the new address was confirmed. %(merchant)s does not use this one any more.") % words,
            _("If that was you, all is well: sign in with the new address from now on."),
            _("If it was not, tell %(merchant)s at once. Their address and phone number stand below.") % words,
        ),
        why=_("We always tell you when your e-mail address changes."),
        manage=False,
    )


def _done(change: ContactChange, envelope: Envelope, words: dict[str, str]) -> Letter:
    phone = change.what == ContactKind.PHONE
    changed = (
        _("Your phone number at %(merchant)s was changed") if phone else _("Your name at %(merchant)s was changed")
    )
    return Letter(
        subject=changed % words,
        heading=_("Your phone number was changed") if phone else _("Your name was changed"),
        first=(
            _("It was changed on %(at)s.") % words,
            _("If you did not ask for this, tell %(merchant)s, and choose a new password.") % words,
        ),
        rows=((_("Phone") if phone else _("Name"), change.wanted),),
        button=Button(_("See my details"), places.details(envelope.house.slug)),
        why=_("We always tell you when your details change."),
    )


def _declined(change: ContactChange, words: dict[str, str]) -> Letter:
    first = {
        ContactKind.NAME: _("%(merchant)s did not change your name. It stays as it was."),
        ContactKind.PHONE: _("%(merchant)s did not change your phone number. It stays as it was."),
    }.get(change.what, _("%(merchant)s did not change your e-mail address. It stays as it was."))
    return Letter(
        subject=_("%(merchant)s did not make the change that you asked for") % words,
        heading=_("Your details stay as they were"),
        first=(first % words, _("If you do not know why, answer this mail.")),
        why=_("You get this because you asked for a change of your details."),
    )
