"""What the holder of a bank account agreed to, word by word: kept for a copy at any time (Regulation E, 1005.10(b)).

A mandate is never changed. It ends when the bank says that the account may not be debited any more; what the customer
had allowed us to do with the account by ourselves ends with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from integrations.gateways.base import MethodKind
from kit.calendar import local_day
from kit.clock import utc_now
from kit.dates import full_day
from kit.i18n import _, current_locale
from models.base import require_unit_of_work
from models.merchants import Merchant
from models.methods import Consent, Mandate, PaymentMethod

TEXT_VERSION = "2026-11"


@dataclass(frozen=True)
class Agreed:
    """From where the person agreed, when we know."""

    ip: str = ""
    agent: str = ""


def words(merchant: Merchant, method: PaymentMethod, at: datetime, automatic: str = "") -> str:
    """The authorization in this version: who, which account, for what, how to revoke it, when. Plain text.

    `automatic` are the words of the consent for payments by ourselves, when there is one.
    """
    values = {
        "merchant": merchant.name,
        "bank": method.brand or _("the bank"),
        "last4": method.last4,
        "contact": merchant.contact_email or merchant.contact_phone or merchant.name,
        "day": full_day(local_day(at, merchant.zone), current_locale()),
        "automatic": automatic,
    }
    by_itself = (
        _("Payments without my pressing a button: %(automatic)s")
        if automatic
        else _("Nothing is debited without my pressing a button, unless I agree to automatic payments separately.")
    )
    paragraphs = (
        _(
            "I authorize %(merchant)s to debit my account at %(bank)s ending %(last4)s electronically (ACH), in US "
            "dollars, for each amount that I choose to pay from it: once, and exactly the amount on the button."
        ),
        by_itself,
        _("%(merchant)s may credit the account to correct what was debited in error."),
        _(
            "I can revoke this authorization at any time by writing to %(contact)s, at least three banking days before "
            "the next debit. My bank can stop a debit too. What was debited before stays valid."
        ),
        _("Agreed on %(day)s."),
    )
    return "\n\n".join(paragraph % values for paragraph in paragraphs)


def keep(method: PaymentMethod, *, gateway_ref: str | None, agreed: Agreed, automatic: str = "") -> Mandate | None:
    """Writes down what was agreed to for a bank account, in the caller's unit of work; None for a card.

    The processor's own mandate is kept once: its return and its webhook tell of the same one.
    """
    require_unit_of_work()
    if method.kind != MethodKind.BANK:
        return None
    known = Mandate.get_or_none((Mandate.method == method) & (Mandate.gateway_ref == gateway_ref))
    if known is not None and gateway_ref is not None and not automatic:
        return known
    now = utc_now()
    return Mandate.create(
        method=method,
        gateway_ref=gateway_ref,
        text_version=TEXT_VERSION,
        text=words(method.customer.merchant, method, now, automatic),
        accepted_at=now,
        ip=agreed.ip[:45],
        agent=agreed.agent[:255],
    )


def with_consent(consent: Consent) -> None:
    """A consent for automatic payments from a bank account: the authorization is kept anew, with its words."""
    method = PaymentMethod.get_by_id(consent.method_id)
    latest = Mandate.select().where((Mandate.method == method) & Mandate.voided_at.is_null())
    before = latest.order_by(Mandate.accepted_at.desc()).first()
    keep(
        method,
        gateway_ref=before.gateway_ref if before else None,
        agreed=Agreed(consent.ip, consent.agent),
        automatic=consent.text,
    )


def void(method: UUID, *, reason: str, at: datetime) -> bool:
    """Ends every live authorization of an account, with the bank's return code, and the consents that lean on it.

    In the caller's unit of work. False when none was live. A card has none, and keeps its consents.
    """
    require_unit_of_work()
    live = (Mandate.method == method) & Mandate.voided_at.is_null()
    ended = Mandate.update(voided_at=at, void_reason=reason[:64]).where(live).execute()
    if PaymentMethod.get_by_id(method).kind == MethodKind.BANK:
        Consent.update(revoked_at=at).where((Consent.method == method) & Consent.revoked_at.is_null()).execute()
    return bool(ended)
