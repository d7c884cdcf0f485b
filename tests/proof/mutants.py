"""The protocol with one safeguard taken away, to show that the simulation notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from domain.payments import ask, reserve, resolve
from domain.payments.ask import closed_by_cancel
from domain.payments.record import Outcome, record_outcome
from integrations.gateways.base import GatewayError, Intent, IntentStatus
from kit.deadline import Deadline, DeadlinePassed
from models.payments import Attempt, OrderHold
from models.payments import AttemptState as S


@contextmanager
def _instead(*changes: tuple[Any, str, Any]) -> Iterator[None]:
    before = [getattr(place, name) for place, name, _other in changes]
    for place, name, other in changes:
        setattr(place, name, other)
    try:
        yield
    finally:
        for (place, name, _other), real in zip(changes, before, strict=True):
            setattr(place, name, real)


def _timeout_is_failure() -> AbstractContextManager[None]:
    """No answer counts as "no": the order is free again at once."""
    real = ask.judge

    def judge(gateway: Any, attempt: Attempt, intent: Intent | None, deadline: Deadline) -> None:
        if intent is None:
            record_outcome(attempt.id, Outcome(S.CANCELLED))
        else:
            real(gateway, attempt, intent, deadline)

    return _instead((ask, "judge", judge), (resolve, "judge", judge))


def _no_cancel() -> AbstractContextManager[None]:
    """A "no" is recorded without cancelling the intent at the gateway."""

    def cancel(_gateway: Any, attempt: Attempt, intent: Intent, _deadline: Deadline, *, expired: bool = False) -> None:
        record_outcome(attempt.id, closed_by_cancel(attempt, intent, decline=intent.decline, expired=expired))

    return _instead((ask, "cancel", cancel), (resolve, "cancel", cancel))


class _NoHold:
    """A hold that keeps nobody out."""

    order = OrderHold.order

    @staticmethod
    def get_or_none(*_where: Any) -> None:
        """Nobody holds."""

    @staticmethod
    def create(**_values: Any) -> None:
        """Nothing is kept."""


def _no_hold() -> AbstractContextManager[None]:
    """Two attempts on one order may be open at once."""
    return _instead((reserve, "OrderHold", _NoHold))


def _no_stored_id() -> AbstractContextManager[None]:
    """The intent is confirmed though its id could not be stored: nobody else can find it."""
    real = ask._create

    def create(gateway: Any, attempt: Attempt, epoch: int, deadline: Deadline) -> Intent | None:
        kept: list[Intent] = []

        class Listening:
            """The gateway; remembers what it made."""

            def create_intent(self, **asked: Any) -> Intent:
                kept.append(gateway.create_intent(**asked))
                return kept[0]

        try:
            return real(Listening(), attempt, epoch, deadline)  # type: ignore[arg-type]
        except ask.Fenced:
            return kept[0]

    def confirm(gateway: Any, attempt: Attempt, _epoch: int, intent: str, deadline: Deadline) -> Intent | None:
        return _unchecked(gateway, attempt, intent, deadline)

    return _instead((ask, "_create", create), (ask, "_confirm", confirm))


def _no_last_look() -> AbstractContextManager[None]:
    """State, epoch and lease are not read again just before the confirm. The fence at the gateway must be enough."""

    def confirm(gateway: Any, attempt: Attempt, _epoch: int, intent: str, deadline: Deadline) -> Intent | None:
        return _unchecked(gateway, attempt, intent, deadline)

    return _instead((ask, "_confirm", confirm))


def _unchecked(gateway: Any, attempt: Attempt, intent: str, deadline: Deadline) -> Intent | None:
    try:
        answer: Intent = gateway.confirm_intent(
            intent,
            key=f"{attempt.id}:confirm",
            method=attempt.method.gateway_ref,
            off_session=attempt.off_session,
            return_url=None if attempt.off_session else ask.return_url(attempt),
            deadline=deadline,
            mandate_ip=attempt.mandate_ip,
            mandate_agent=attempt.mandate_agent,
        )
    except (GatewayError, DeadlinePassed):
        return ask.read(gateway, intent, deadline)
    return answer


def _no_compare_and_set() -> AbstractContextManager[None]:
    """What was observed is written whatever stands there: a closed attempt may succeed again."""
    from domain.payments import record

    def written(before: Attempt, outcome: Outcome, _epoch: Any, _without: bool, now: Any) -> bool:
        return bool(Attempt.update(**record._values(before, outcome, now)).where(Attempt.id == before.id).execute())

    return _instead((record, "_compare_and_set", written))


def _one_cancel_key() -> AbstractContextManager[None]:
    """One key for every cancel of an attempt: a remembered 500 is replayed for a day."""
    real = ask.cancel

    class OneKey:
        """The gateway, always asked to cancel with the same key."""

        def __init__(self, gateway: Any) -> None:
            self._gateway = gateway

        def __getattr__(self, name: str) -> Any:
            return getattr(self._gateway, name)

        def cancel_intent(self, intent: str, *, key: str, deadline: Deadline) -> Intent:
            return self._gateway.cancel_intent(intent, key=key.rpartition(":")[0], deadline=deadline)  # type: ignore[no-any-return]

    def cancel(gateway: Any, *args: Any, **more: Any) -> None:
        real(OneKey(gateway), *args, **more)  # type: ignore[arg-type]

    return _instead((ask, "cancel", cancel), (resolve, "cancel", cancel))


def _unread_is_declined() -> AbstractContextManager[None]:
    """`requires_confirmation` or `requires_payment_method` closes an attempt by itself."""
    real = ask.cancel

    def cancel(gateway: Any, attempt: Attempt, intent: Intent, deadline: Deadline, *, expired: bool = False) -> None:
        if intent.status in (IntentStatus.REQUIRES_CONFIRMATION, IntentStatus.REQUIRES_PAYMENT_METHOD):
            record_outcome(attempt.id, closed_by_cancel(attempt, intent, decline=intent.decline))
        else:
            real(gateway, attempt, intent, deadline, expired=expired)

    return _instead((ask, "cancel", cancel), (resolve, "cancel", cancel))


MUTANTS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "nothing": nullcontext,
    "timeout_is_failure": _timeout_is_failure,
    "no_hold": _no_hold,
    "no_cancel": _no_cancel,
    "read_closes": _unread_is_declined,
    "no_stored_id": _no_stored_id,
    "no_last_look": _no_last_look,
    "no_compare_and_set": _no_compare_and_set,
    "no_sweeper": nullcontext,
    "one_cancel_key": _one_cancel_key,
}
