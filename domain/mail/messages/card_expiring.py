"""A card ends soon, and something stands on it."""

from __future__ import annotations

from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.methods.backing import backing, uses
from domain.methods.expiring import last_day
from domain.methods.queries import method_of
from kit.clock import utc_now
from kit.dates import humane_day
from kit.i18n import _, current_locale, current_zone
from models.methods import PaymentMethod


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the card was removed, renewed, declined or replaced meanwhile, or stands behind nothing any more."""
    row, house = PaymentMethod.get_by_id(envelope.uuid("method")), envelope.house
    known, stands = method_of(row.customer_id, row.id), backing(row.customer_id).of(row.id)
    same = f"{row.exp_year}-{row.exp_month or 0:02d}" == envelope.facts["expiry"]
    if known is None or not known.fit or not same or not stands.anything:
        return None
    today = utc_now().astimezone(current_zone()).date()
    words = {
        "method": known.label,
        "merchant": house.name,
        "day": humane_day(last_day(row), today, current_locale()),
    }
    return Letter(
        subject=_("%(merchant)s: %(method)s ends soon") % words,
        heading=_("Your card ends soon"),
        first=(
            _("%(method)s is good until %(day)s.") % words,
            _("After that, what is charged to it will fail. Add your new card, and choose what is charged to it."),
        ),
        rows=tuple((_("Charged to it"), use) for use in uses(stands, today)[:10]),
        button=Button(_("Add the new card"), places.methods(house.slug)),
        after=(_("If your bank has sent you no new card yet, ask it for one."),),
        why=_("You get this because %(merchant)s charges this card for you. Nothing was charged now.") % words,
    )
