"""Asking the processor what became of stuck money: its answer is kept as evidence, then judged as every answer is.

The answer is stored before it is judged, so that a kill between the two loses no evidence; the attempt is askable again
when its lease has run out, a minute later. What is certain is recorded by the protocol's own judge, never from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.operations.stuck.terms import Said
from domain.payments import resolve
from domain.payments.ask import read_or_why
from domain.payments.at_gateway import WEB_SECONDS, KeyUnreadable, gateway_for
from domain.payments.states import CLOSED
from domain.refunds import ask as refunds
from domain.refunds.states import CLOSED as REFUND_CLOSED
from integrations.gateways.base import GatewayError, GatewayRefund, GatewayRefused, Intent
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from kit.ids import uuid7
from models.base import connected, unit_of_work
from models.operations import Evidence
from models.payments import Attempt, AttemptState, Refund, RefundState

_KEY = (401, 403)
_MISSING = 404


def ask_about_attempt(*, attempt: UUID, staff: UUID, deadline: Deadline | None = None) -> Asked:
    """Reads the attempt's intent now, keeps the answer and lets the judge record what is certain.

    Of a closed attempt only the answer is kept. Never raises because of the gateway: no answer is evidence too. Raises
    NotFound, DomainError (nobody was asked for it yet), Conflict (somebody else is asking just now).
    """
    deadline, heard = deadline or Deadline.within(WEB_SECONDS), _Heard(staff)
    with connected():
        row = Attempt.get_or_none(Attempt.id == attempt)
        if row is None:
            raise NotFound(_("This attempt is not there."))
        if row.state == AttemptState.RESERVED:
            raise DomainError(_("Nobody was asked for this money yet. A worker does it, or gives it up in a minute."))
        if row.state in CLOSED or row.gateway_ref is None:
            heard.attempt(row, _read(row, deadline))
        if row.state not in CLOSED:
            resolve.look(attempt, deadline=deadline, told=heard.attempt)
        return heard.of(Attempt)


def ask_about_refund(*, refund: UUID, staff: UUID, deadline: Deadline | None = None) -> Asked:
    """The same for a refund. One that was sent less than a day ago may be sent again under its own key."""
    deadline, heard = deadline or Deadline.within(WEB_SECONDS), _Heard(staff)
    with connected():
        row = Refund.get_or_none(Refund.id == refund)
        if row is None:
            raise NotFound(_("This refund is not there."))
        if row.state == RefundState.RESERVED or row.gateway_account_id is None:
            raise DomainError(_("Nobody was asked for this refund yet, or it was given back outside the processor."))
        if row.state in REFUND_CLOSED:
            raise DomainError(_("This refund is settled already; there is nothing left to ask."))
        refunds.look(refund, deadline=deadline, told=heard.refund)
        return heard.of(Refund)


def latest(attempt: UUID | None = None, refund: UUID | None = None) -> Evidence | None:
    """The freshest evidence about one of them."""
    about = (Evidence.attempt == attempt) if attempt else (Evidence.refund == refund)
    found: Evidence | None = Evidence.select().where(about).order_by(Evidence.at.desc(), Evidence.id.desc()).first()
    return found


@dataclass(frozen=True)
class Asked:
    """What was heard, and the state that stands after it was judged. `captured` in minor units."""

    said: str
    answered: bool
    captured: int | None
    ours: str  # our state when it was asked
    led_to: str


class _Heard:
    """Keeps each answer as a row, in a unit of work of its own."""

    def __init__(self, staff: UUID) -> None:
        self._staff = staff
        self._row: Evidence | None = None

    def attempt(self, row: Attempt, answer: resolve.Answer | None) -> None:
        """What was heard of an attempt's intent; None where there is no intent to ask about."""
        self._keep(attempt=row, ours=row.state, **_of_intent(answer))

    def refund(self, row: Refund, answer: refunds.Answer) -> None:
        """What was heard of a refund."""
        self._keep(refund=row, ours=row.state, **_of_refund(answer))

    def _keep(self, **values: Any) -> None:
        with unit_of_work():
            self._row = Evidence.create(id=uuid7(), asked_by=self._staff, at=utc_now(), **values)

    def of(self, table: type[Attempt] | type[Refund]) -> Asked:
        row = self._row
        if row is None:
            raise Conflict(_("Somebody is asking the processor just now. Wait a minute, then look again."))
        now = table.get_by_id(row.attempt_id or row.refund_id)
        return Asked(row.said, row.answered, row.captured, row.ours, now.state)


def _read(row: Attempt, deadline: Deadline) -> resolve.Answer | None:
    if row.gateway_ref is None:
        return None
    try:
        return read_or_why(gateway_for(row.gateway_account), row.gateway_ref, deadline)
    except GatewayError as problem:
        return problem


def _of_intent(answer: resolve.Answer | None) -> dict[str, Any]:
    if answer is None:
        return {"answered": True, "said": Said.NEVER_ASKED}
    if not isinstance(answer, Intent):
        return _no_status(answer)
    return {
        "answered": True,
        "said": answer.status.value,
        "amount": answer.amount.minor,
        "captured": answer.captured.minor,
        "currency": answer.amount.currency,
        "charge_ref": answer.charge and answer.charge[:64],
        "code": answer.decline.decline_code[:64] if answer.decline else "",
    }


def _of_refund(answer: refunds.Answer) -> dict[str, Any]:
    if answer is None:
        return {"answered": True, "said": Said.NO_SUCH}
    if not isinstance(answer, GatewayRefund):
        return _no_status(answer)
    return {
        "answered": True,
        "said": answer.status.value,
        "amount": answer.amount.minor,
        "currency": answer.amount.currency,
        "charge_ref": answer.id[:64],
        "code": (answer.failure or "")[:64],
    }


def _no_status(problem: Exception) -> dict[str, Any]:
    """Why there is no status. A 404 is an answer: the driver takes it for one only with the processor's own words."""
    if isinstance(problem, GatewayRefused) and problem.status == _MISSING:
        return {"answered": True, "said": Said.NO_SUCH, "code": problem.code[:64]}
    if isinstance(problem, GatewayRefused) and problem.status in _KEY:
        return {"answered": False, "said": Said.KEY_REFUSED, "code": problem.code[:64]}
    said = Said.KEY_UNREADABLE if isinstance(problem, KeyUnreadable) else Said.NO_ANSWER
    code = problem.code if isinstance(problem, GatewayRefused) else type(problem).__name__
    return {"answered": False, "said": said, "code": code[:64]}
