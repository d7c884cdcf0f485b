"""What stops the clock, and only the clock: a customer's tries that are paused, an account's bank debits that are
stopped, a merchant's automatic charges that an operator has suspended. Asked in the reserve, so that nothing automatic
passes; who presses may always pay."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.compliance.terms import What
from domain.operations import stops
from domain.recoveries.terms import Rule
from integrations.gateways.base import MethodKind
from kit.calendar import at_local_hour, banking_day_from, local_day
from kit.errors import DomainError
from kit.i18n import _
from models.console import Brake
from models.customers import Customer
from models.merchants import Merchant
from models.methods import PaymentMethod


class Halted(DomainError):
    """Not now, and nothing is lost: `rule` says what stops it, `day` (local) is when it is tried again."""

    def __init__(self, sentence: str, *, rule: Rule, day: date, zone: str) -> None:
        super().__init__(sentence)
        self.rule, self.day, self.zone = rule, day, zone


class Suspended(DomainError):
    """An operator has suspended the merchant's automatic charges: what is due stays due until they go on."""


def check_clock(*, customer: UUID, method: PaymentMethod, now: datetime) -> None:
    """Raises Halted when no automatic try may be made on this method now, Suspended when the merchant has none at all.

    Right only while the orders are locked: who pauses a customer's tries locks them first. A brake is asked again the
    next day, until somebody has lifted it.
    """
    suspended = stops.of_merchant(Merchant.id, now)
    rows: Any = Customer.select(Customer.tries_paused_until, Merchant.zone, suspended).join(Merchant)
    until, zone, stopped = rows.where(Customer.id == customer).tuples().get()
    if stopped:
        raise Suspended(_("Automatic payments of this merchant are suspended."))
    today = local_day(now, zone)
    if until is not None and until > today:
        raise Halted(
            _("Automatic tries of this customer are paused."),
            rule=Rule.PAUSED,
            day=until,
            zone=zone,
        )
    if method.kind == MethodKind.BANK and is_set(method.gateway_account_id, What.BANK_DEBITS):
        raise Halted(
            _("Automatic bank debits are stopped: too many came back."),
            rule=Rule.STOPPED,
            day=today + timedelta(days=1),
            zone=zone,
        )


def is_set(account: UUID, what: What) -> bool:
    """Whether a brake is set on a processor account."""
    still = (Brake.gateway_account == account) & (Brake.what == what) & Brake.lifted_at.is_null()
    return bool(Brake.select().where(still).exists())


def moved_to(day: date, *, at: datetime, zone: str, bank: bool) -> datetime:
    """The moment `at` on another day: its local hour, for a bank account on a day on which banks work. Pure."""
    return at_local_hour(banking_day_from(day) if bank else day, local_hour(at, zone), zone)


def local_hour(at: datetime, zone: str) -> int:
    """The hour of a moment by a zone's clocks. Pure."""
    return at.astimezone(ZoneInfo(zone)).hour
