"""What a merchant decides about collecting: tries, hours, promises, parts. Network limits stand above all of it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from domain.events.record import Actor, record
from kit.errors import DomainError
from kit.i18n import _
from models.base import unit_of_work
from models.merchants import EndAction, MerchantPolicy

MOST_TRIES = 20  # what Visa lets through in 30 days; the networks' ceiling counts other orders too
MOST_DAYS = 60
_BANK_MOST = 2  # Nacha: an entry is re-presented twice at most


@dataclass(frozen=True)
class Policy:
    """A merchant's decisions; the defaults of models.merchants.MerchantPolicy where nothing was decided."""

    tries: int
    window_days: int
    spacing: tuple[int, ...]  # days after the first failure, ascending, one a try
    bank_tries: int
    hour: int | None  # None: the merchant's hour of automatic payments
    explore_percent: int
    backup_after: int
    end_action: EndAction
    promise_days: int
    part_payments: bool
    part_floor: int  # minor units of the merchant's currency; 0: the gateway's minimum
    bill_days_ahead: int
    tell_before_charge: bool
    customers_skip: bool  # customers may leave out a coming run of a schedule
    move_days: int  # by how many days they may put off the next one; 0: not offered
    brake_at: int = 80  # percent of a return limit at which automatic bank debits stop
    minutes_a_call: int = 8  # the stated assumption behind *calls avoided*


def policy_of(merchant: UUID) -> Policy:
    """What a merchant has decided. One query."""
    return _read(MerchantPolicy.get_or_none(MerchantPolicy.merchant == merchant) or MerchantPolicy())


def change_policy(*, merchant: UUID, actor: Actor, actor_id: UUID | None = None, **changes: Any) -> Policy:
    """Changes some decisions and keeps the others; what is planned already keeps its day.

    `changes` are fields of Policy. Raises DomainError naming the field that is out of bounds.
    """
    with unit_of_work():
        known = MerchantPolicy.get_or_none(MerchantPolicy.merchant == merchant)
        row = known or MerchantPolicy(merchant=merchant)
        wanted = _checked(replace(_read(row), **changes))
        for name in (field.name for field in fields(Policy)):
            value = getattr(wanted, name)
            setattr(row, name, ",".join(map(str, value)) if name == "spacing" else value)
        row.save(force_insert=known is None)
        record("policy.changed", merchant=merchant, actor=actor, actor_id=actor_id, facts={"what": ",".join(changes)})
        return wanted


def _read(row: MerchantPolicy) -> Policy:
    values = {field.name: getattr(row, field.name) for field in fields(Policy)}
    return Policy(**values | {"spacing": tuple(int(day) for day in row.spacing.split(","))})


def _checked(policy: Policy) -> Policy:
    bounds = {
        "tries": (0, MOST_TRIES),
        "window_days": (1, MOST_DAYS),
        "bank_tries": (0, _BANK_MOST),
        "explore_percent": (0, 50),
        "backup_after": (1, MOST_TRIES),
        "promise_days": (0, MOST_DAYS),
        "bill_days_ahead": (0, 30),
        "move_days": (0, MOST_DAYS),
        "brake_at": (10, 100),
        "minutes_a_call": (1, 120),
    }
    for name, (least, most) in bounds.items():
        if not least <= getattr(policy, name) <= most:
            raise DomainError(
                _("%(name)s must be from %(least)d to %(most)d.") % {"name": name, "least": least, "most": most},
                field=name,
            )
    if policy.hour is not None and not 0 <= policy.hour <= 23:
        raise DomainError(_("The hour must be from 0 to 23, in the merchant's time zone."), field="hour")
    if policy.part_floor < 0:
        raise DomainError(_("The least part of an order cannot be negative."), field="part_floor")
    if list(policy.spacing) != sorted(set(policy.spacing)) or not policy.spacing or policy.spacing[0] < 0:
        raise DomainError(_("Write the days between tries ascending, like 1,2,3,5,7."), field="spacing")
    return policy
