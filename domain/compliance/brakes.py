"""The brake: automatic bank debits of a processor account stop before a return rate passes Nacha's limit."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.compliance.halt import is_set
from domain.compliance.returns import debits, returned, window
from domain.compliance.terms import LEAST_RETURNS, Gauge, Group, What, gauges
from domain.events.record import Actor, record
from domain.mail import staff_letters
from domain.merchants.policy import policy_of
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.ids import uuid7
from models.base import require_unit_of_work, unit_of_work
from models.console import Brake
from models.merchants import GatewayAccount, Staff

LONGEST_REASON = 200


def judge(account: GatewayAccount, now: datetime) -> bool:
    """Sets the brake when a rate has come too close to its limit; answers whether it was set now.

    A building block, for the unit of work in which a return is recorded. Harmless twice and side by side. After
    somebody has lifted it, it is set again only when something came back since.
    """
    require_unit_of_work()
    if is_set(account.id, What.BANK_DEBITS):
        return False
    since = now - window()
    counted = returned(account, since)
    if counted.total() < LEAST_RETURNS:
        return False
    policy = policy_of(account.merchant_id)
    high = [each for each in gauges(counted, debits=debits(account, since), brake_at=policy.brake_at) if each.too_high]
    lifted = _lifted_at(account)
    if lifted is not None and high:
        fresh = gauges(returned(account, max(lifted, since)), debits=0, brake_at=policy.brake_at)
        again = {gauge.group for gauge in fresh if gauge.returns}
        high = [gauge for gauge in high if gauge.group in again]
    return bool(high) and _set(account, high[0], now)


def _lifted_at(account: GatewayAccount) -> datetime | None:
    mine = (Brake.gateway_account == account) & (Brake.what == What.BANK_DEBITS) & Brake.lifted_at.is_null(False)
    last = Brake.select(Brake.lifted_at).where(mine).order_by(Brake.lifted_at.desc()).first()
    return last.lifted_at if last is not None else None


def _set(account: GatewayAccount, gauge: Gauge, now: datetime) -> bool:
    ours = uuid7()
    Brake.insert(
        id=ours,
        merchant=account.merchant_id,
        gateway_account=account.id,
        what=What.BANK_DEBITS,
        reason=f"{gauge.group}:{gauge.returns}:{gauge.debits}",
        set_at=now,
    ).on_conflict_ignore().execute()
    brake = Brake.get_or_none(Brake.id == ours)
    if brake is None:  # somebody else has set it at the same moment
        return False
    facts: dict[str, str | int] = {
        "what": What.BANK_DEBITS,
        "group": gauge.group,
        "returns": gauge.returns,
        "debits": gauge.debits,
    }
    record("brake.set", merchant=account.merchant_id, actor=Actor.CLOCK, subject=brake.id, facts=facts)
    staff_letters.brake_set(brake)
    return True


def judge_all() -> str:
    """Once a day, every account: debits leave the 60 days, which raises a rate without a new return."""
    now, stopped = utc_now(), 0
    for account in list(GatewayAccount.select().where(GatewayAccount.active)):
        with unit_of_work():
            stopped += judge(account, now)
    return f"{stopped} brakes set"


def lift(*, merchant: UUID, brake: UUID, reason: str, staff: UUID) -> None:
    """Automatic bank debits go on: what waited is tried at its next hour.

    Raises NotFound for another merchant's brake or one that is lifted already, DomainError (field `reason`) without a
    reason or for one that is too long.
    """
    words = " ".join(reason.split())
    if not words:
        raise DomainError(_("Write why automatic bank debits may go on."), field="reason")
    if len(words) > LONGEST_REASON:
        raise DomainError(_("Use at most 200 characters for the reason."), field="reason")
    with unit_of_work():
        still = (Brake.id == brake) & (Brake.merchant == merchant) & Brake.lifted_at.is_null()
        values = {"lifted_at": utc_now(), "lifted_by": Staff.get_by_id(staff), "lifted_why": words}
        if Brake.update(**values).where(still).execute() != 1:
            raise NotFound(_("This brake is lifted already, or it is not there."))
        record("brake.lifted", merchant=merchant, actor=Actor.STAFF, actor_id=staff, subject=brake)


def group_of(brake: Brake) -> tuple[Group, int, int]:
    """What set a brake: the group, its returns, the debits of those days."""
    group, returns, of = brake.reason.split(":")
    return Group(group), int(returns), int(of)
