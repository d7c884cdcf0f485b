"""Cards that end soon: the customer is told once for each card and end, if something stands on it (cases.md 24)."""

from __future__ import annotations

from datetime import date, timedelta

from domain.mail import letters
from domain.methods.backing import backing
from integrations.gateways.base import MethodKind
from kit.clock import utc_now
from models.base import unit_of_work
from models.methods import Consent, MethodState, PaymentMethod
from models.work import Mail

AHEAD = timedelta(days=30)
_BATCH = 200


def last_day(row: PaymentMethod) -> date:
    """The last day of the month on the card: until then it is good."""
    year, month = int(row.exp_year or 9998), int(row.exp_month or 12)
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def remind() -> str:
    """Writes to the holders of cards that end within 30 days. Twice on one day, or on each of thirty, writes once."""
    told, after = 0, None
    while batch := _ending(utc_now().date(), after):
        told += sum(_tell(row) for row in batch)
        after = batch[-1].id
    return f"{told} told"


def _ending(today: date, after: object) -> list[PaymentMethod]:
    """Cards that are good and end soon, under a live consent: without one nothing is charged to a card by itself."""
    months = {(day.year, day.month) for day in (today, today + AHEAD)}
    ends = [(PaymentMethod.exp_year == year) & (PaymentMethod.exp_month == month) for year, month in sorted(months)]
    allowed = Consent.select(Consent.method).where(Consent.revoked_at.is_null())
    good = (PaymentMethod.kind == MethodKind.CARD) & (PaymentMethod.state == MethodState.USABLE)
    rows = PaymentMethod.select().where(good & PaymentMethod.id.in_(allowed) & (ends[0] | ends[-1]))
    if after is not None:
        rows = rows.where(PaymentMethod.id > after)
    return list(rows.order_by(PaymentMethod.id).limit(_BATCH))


def _tell(row: PaymentMethod) -> bool:
    soon = last_day(row) - AHEAD <= utc_now().date() <= last_day(row)
    if not soon or _told(row) or not backing(row.customer_id).of(row.id).anything:
        return False
    with unit_of_work():
        return letters.card_expiring(row)


def _told(row: PaymentMethod) -> bool:
    return bool(Mail.select().where(Mail.dedup_key == letters.card_expiring_key(row)).exists())
