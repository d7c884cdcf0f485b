"""The protocol with one guard taken away. A guard that nothing misses is no guard, or the tests are blind.

Each is a context to be entered in a store that is thrown away or emptied afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any

from domain.compliance import halt
from domain.orders import locks
from domain.payments import ask, claims, record, reserve, resolve
from domain.payments.ask import closed_by_cancel
from domain.payments.record import Outcome, record_outcome
from domain.schedules import run as schedule_run
from integrations.gateways.base import GatewayError, Intent, IntentStatus
from kit.deadline import Deadline, DeadlinePassed
from models import base
from models.payments import Attempt, OrderHold
from models.payments import AttemptState as S

Mutant = Callable[[], AbstractContextManager[Any]]


@contextmanager
def without(*guards: str) -> Iterator[None]:
    """Inside, these guards are off."""
    with ExitStack() as stack:
        for guard in guards:
            stack.enter_context(MUTANTS[guard]())
        yield


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


# -- in the protocol --------------------------------------------------------------------------------------------------


def _no_unknown() -> AbstractContextManager[None]:
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


def _read_closes() -> AbstractContextManager[None]:
    """`requires_confirmation` or `requires_payment_method` closes an attempt by itself."""
    real = ask.cancel

    def cancel(gateway: Any, attempt: Attempt, intent: Intent, deadline: Deadline, *, expired: bool = False) -> None:
        if intent.status in (IntentStatus.REQUIRES_CONFIRMATION, IntentStatus.REQUIRES_PAYMENT_METHOD):
            record_outcome(attempt.id, closed_by_cancel(attempt, intent, decline=intent.decline))
        else:
            real(gateway, attempt, intent, deadline, expired=expired)

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

    return _instead((ask, "_create", create), (ask, "_confirm", _confirm_unchecked))


def _no_last_look() -> AbstractContextManager[None]:
    """State, epoch and lease are not read again just before the confirm."""
    return _instead((ask, "_confirm", _confirm_unchecked))


def _confirm_unchecked(gateway: Any, attempt: Attempt, _epoch: int, intent: str, deadline: Deadline) -> Intent | None:
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
            mandate_at=ask._asked_at(attempt),
        )
    except (GatewayError, DeadlinePassed):
        return ask.read(gateway, intent, deadline)
    return answer


def _no_compare_and_set() -> AbstractContextManager[None]:
    """What was observed is written whatever stands there: a closed attempt may succeed again."""

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


# -- in the store -----------------------------------------------------------------------------------------------------


def _no_key(table: str, *columns: str) -> Mutant:
    """A unique key of the store is dropped; afterwards the table is emptied and has it again."""

    @contextmanager
    def dropped() -> Iterator[None]:
        keys = base.db.get_indexes(table)
        key = next(each for each in keys if each.unique and tuple(each.columns) == columns)
        base.db.execute_sql(f'DROP INDEX "{key.name}"')
        try:
            yield
        finally:
            if not base.is_sqlite():  # a file is thrown away, a database is used again
                base.db.execute_sql(f'TRUNCATE "{table}" CASCADE')
                base.db.execute_sql(key.sql)

    return dropped


def _unlocked(place: Any, name: str) -> Mutant:
    """What this function locks is only read, as if nobody else could want it."""

    def free() -> AbstractContextManager[None]:
        real, lock, here = getattr(place, name), place.locked, threading.local()

        def locked(query: Any) -> Any:
            return query if getattr(here, "inside", False) else lock(query)

        def read(*args: Any, **more: Any) -> Any:
            here.inside = True
            try:
                return real(*args, **more)
            finally:
                here.inside = False

        return _instead((place, "locked", locked), (place, name, read))

    return free


def _refund_unlocked() -> AbstractContextManager[None]:
    return _instead((locks, "locked", lambda query: query))


def _no_card_lock() -> AbstractContextManager[None]:
    """Two reservations of one card count its declines at the same moment."""
    return _instead((reserve, "lock_card", lambda _method: None))


def _no_claim() -> AbstractContextManager[None]:
    """What a wave has in hand is not marked: another wave takes it as well."""
    return _instead((claims, "_set", lambda _rows, _lease: None))


def _no_fence() -> AbstractContextManager[None]:
    """The reserve does not ask whether the merchant's automatic charges are suspended."""
    return _instead((halt, "check_clock", lambda **_who: None))


MUTANTS: dict[str, Mutant] = {
    "nothing": nullcontext,
    "hold": _no_hold,
    "order_lock": _unlocked(reserve, "_lock_orders"),
    "card_lock": _no_card_lock,
    "compare_and_set": _no_compare_and_set,
    "unknown": _no_unknown,
    "sweeper": nullcontext,  # the run itself leaves open attempts alone
    "cancel": _no_cancel,
    "read_closes": _read_closes,
    "last_look": _no_last_look,
    "stored_id": _no_stored_id,
    "one_cancel_key": _one_cancel_key,
    "journal_key": _no_key("journal", "kind", "source"),
    "receipt_key": _no_key("receipt", "payment_id"),
    "event_key": _no_key("webhook_event", "gateway_account_id", "event_id"),
    "schedule_lock": _unlocked(schedule_run, "_step"),
    "period_key": _no_key("schedule_run", "schedule_id", "due_on"),
    "refund_lock": _refund_unlocked,
    "refund_key": _no_key("refund", "payment_id"),
    "wave_claim": _no_claim,
    "suspended_in_reserve": _no_fence,
}
