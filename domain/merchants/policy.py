"""What a merchant decides about collecting: tries, hours, promises, parts. Network limits stand above all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from domain.events.record import Actor, record
from domain.merchants.edits import Wrong, locked_merchant, refuse_overtaken
from kit.i18n import _
from models.base import require_unit_of_work, unit_of_work
from models.merchants import EndAction, MerchantPolicy

__all__ = [
    "BOUNDS",
    "EndAction",
    "Policy",
    "change_policy",
    "checked_policy",
    "policy_of",
    "set_policy",
    "store_policy",
]

MOST_TRIES = 20  # what Visa lets through in 30 days; the networks' ceiling counts other orders too
MOST_DAYS = 60
_BANK_MOST = 2  # Nacha: an entry is re-presented twice at most
BOUNDS = {
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
        return store_policy(merchant=merchant, actor=actor, actor_id=actor_id, changes=changes)


def set_policy(*, merchant: UUID, staff: UUID, was: str | None, changes: Mapping[str, Any]) -> Policy:
    """As `change_policy`, for a person whose form was drawn over `was`. Raises Overtaken, or Wrong with every field."""
    with unit_of_work():
        locked_merchant(merchant)
        now = policy_of(merchant)
        refuse_overtaken(was, {name: getattr(now, name) for name in changes})
        if all(getattr(now, name) == value for name, value in changes.items()):
            return now
        return store_policy(merchant=merchant, actor=Actor.STAFF, actor_id=staff, changes=changes)


def store_policy(*, merchant: UUID, actor: Actor, actor_id: UUID | None, changes: Mapping[str, Any]) -> Policy:
    """Keeps changed decisions, in the caller's unit of work."""
    require_unit_of_work()
    known = MerchantPolicy.get_or_none(MerchantPolicy.merchant == merchant)
    row = known or MerchantPolicy(merchant=merchant)
    wanted = checked_policy(replace(_read(row), **changes))
    for name in (field.name for field in fields(Policy)):
        value = getattr(wanted, name)
        setattr(row, name, ",".join(map(str, value)) if name == "spacing" else value)
    row.save(force_insert=known is None)
    record("policy.changed", merchant=merchant, actor=actor, actor_id=actor_id, facts={"what": ",".join(changes)})
    return wanted


def _read(row: MerchantPolicy) -> Policy:
    values = {field.name: getattr(row, field.name) for field in fields(Policy)}
    return Policy(**values | {"spacing": tuple(int(day) for day in row.spacing.split(","))})


def checked_policy(policy: Policy) -> Policy:
    """The policy, if everything in it is within its bounds. Raises Wrong with every field that is not. Pure."""
    errors = {
        name: _("It must be from %(least)d to %(most)d.") % {"least": least, "most": most}
        for name, (least, most) in BOUNDS.items()
        if not least <= getattr(policy, name) <= most
    }
    if policy.hour is not None and not 0 <= policy.hour <= 23:
        errors["hour"] = _("The hour must be from 0 to 23, in the merchant's time zone.")
    if policy.part_floor < 0:
        errors["part_floor"] = _("The least part of an order cannot be negative.")
    if not _ascends(policy.spacing):
        errors["spacing"] = _("Write the days between tries ascending, like 1,2,3,5,7.")
    if errors:
        raise Wrong(errors)
    return policy


def _ascends(spacing: tuple[int, ...]) -> bool:
    fits = len(",".join(map(str, spacing))) <= MerchantPolicy.spacing.max_length
    return bool(spacing) and fits and spacing[0] >= 0 and list(spacing) == sorted(set(spacing))
