"""The processor forgets what was removed here: claimed, asked outside of any transaction, noted (protocol.md 2).

A kill in between leaves the row due again; asking twice is harmless, and a removed method is charged by nobody.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from domain.payments.at_gateway import WORKER_SECONDS, gateway_for
from integrations.gateways.base import GatewayError
from kit.clock import utc_now
from kit.deadline import Deadline, DeadlinePassed
from kit.log import log
from models.base import unit_of_work
from models.methods import MethodState, PaymentMethod

_LEASE = timedelta(seconds=60)
_AGAIN = timedelta(hours=1)


def forget(method_id: UUID) -> bool:
    """Asks the processor to forget a removed method. False when it is not due, or must be asked again later."""
    now = utc_now()
    with unit_of_work():
        is_due = (PaymentMethod.state == MethodState.DETACHED) & (PaymentMethod.detach_at <= now)
        claimed = PaymentMethod.update(detach_at=now + _LEASE).where((PaymentMethod.id == method_id) & is_due).execute()
    if not claimed:
        return False
    row = PaymentMethod.get_by_id(method_id)
    try:
        gateway_for(row.gateway_account).detach_method(row.gateway_ref, deadline=Deadline.within(WORKER_SECONDS))
    except (GatewayError, DeadlinePassed) as problem:
        log().warning("method.not_forgotten", method=str(method_id), problem=type(problem).__name__)
        _note(method_id, again=True)
        return False
    _note(method_id, again=False)
    return True


def _note(method_id: UUID, *, again: bool) -> None:
    with unit_of_work():
        at = utc_now() + _AGAIN if again else None
        PaymentMethod.update(detach_at=at).where(PaymentMethod.id == method_id).execute()
