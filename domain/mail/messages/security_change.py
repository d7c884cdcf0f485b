"""Something about the way in has changed: told to its owner, who may not have been the one."""

from __future__ import annotations

from datetime import datetime

from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.mail.letters import ACCESS, ACCESS_ENDED, PASSWORD_HERE
from domain.mail.staff_letters import CODES_NEW, FACTOR_OFF, FACTOR_ON, FACTOR_RESET, RECOVERY_CODE
from kit.clock import utc_now
from kit.dates import humane_moment
from kit.i18n import _, current_zone


def build(envelope: Envelope) -> Letter | None:
    """The password changed, or the account now covers more bills."""
    at = humane_moment(datetime.fromisoformat(envelope.facts["at"]), utc_now(), current_zone())
    if envelope.facts["what"] == ACCESS:
        return _more_access(envelope, at)
    if envelope.facts["what"] == ACCESS_ENDED:
        return _less_access(envelope, at)
    if envelope.facts["what"] in _FACTOR:
        return _factor(envelope, at)
    house = envelope.merchant
    ended = (
        _("Every other device was signed out.")
        if envelope.facts["what"] == PASSWORD_HERE
        else _("You were signed out everywhere.")
    )
    where = _("at %(merchant)s") % {"merchant": house.name} if house else _("for your staff sign-in")
    return Letter(
        subject=_("Your password %(where)s was changed") % {"where": where},
        heading=_("Your password was changed"),
        first=(
            _("The password %(where)s was changed on %(at)s.") % {"where": where, "at": at},
            ended,
            _("If that was you, all is well."),
            _("If it was not, somebody can read your mail. Secure your mailbox first, then reset the password."),
        ),
        button=Button(_("Reset password"), places.forgot(house.slug) if house else places.staff_forgot()),
        why=_("We always tell you when your password changes."),
        manage=house is not None,
    )


_FACTOR = (FACTOR_ON, FACTOR_OFF, FACTOR_RESET, CODES_NEW, RECOVERY_CODE)


def _factor(envelope: Envelope, at: str) -> Letter:
    """Of a merchant's person or an operator."""
    said = {
        FACTOR_ON: _("You now sign in with a code as well"),
        FACTOR_OFF: _("You now sign in without a code"),
        FACTOR_RESET: _("An owner has reset your second factor"),
        CODES_NEW: _("You have new recovery codes"),
        RECOVERY_CODE: _("A recovery code was used to sign in"),
    }[envelope.facts["what"]]
    return Letter(
        subject=said,
        heading=said,
        first=(
            _("This happened on %(at)s, for the staff sign-in %(address)s.")
            % {"at": at, "address": envelope.to_address},
            _("If that was you, or you asked for it, all is well. If not, set a new password now and tell an owner."),
        ),
        button=Button(_("Reset password"), places.staff_forgot()),
        why=_("We always tell you when your way in changes."),
        manage=False,
    )


def _more_access(envelope: Envelope, at: str) -> Letter:
    house = envelope.house
    return Letter(
        subject=_("Your account at %(merchant)s shows more bills") % {"merchant": house.name},
        heading=_("Your account shows more bills"),
        first=(
            _("On %(at)s %(merchant)s added a customer record with your address, so your account shows its bills too.")
            % {"at": at, "merchant": house.name},
            _("If they are not yours, tell %(merchant)s: they wrote the wrong address.") % {"merchant": house.name},
        ),
        button=Button(_("See my bills"), places.portal(house.slug)),
        why=_("We always tell you when your account can do more."),
    )


def _less_access(envelope: Envelope, at: str) -> Letter:
    house = envelope.house
    return Letter(
        subject=_("Your account at %(merchant)s shows fewer bills") % {"merchant": house.name},
        heading=_("Your account shows fewer bills"),
        first=(
            _(
                "On %(at)s %(merchant)s took a customer record out of your account: it has another address now, or is "
                "no longer yours to see."
            )
            % {"at": at, "merchant": house.name},
            _("You were signed out there. If that is a mistake, tell %(merchant)s.") % {"merchant": house.name},
        ),
        button=Button(_("See my bills"), places.portal(house.slug)),
        why=_("We always tell you when your account can do less."),
    )
