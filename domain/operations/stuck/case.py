"""One stuck attempt, refund or difference whole: our side, the processor's side, what was decided, what may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.operations.stuck import terms
from domain.operations.stuck.beside import Differs, Ours, Theirs, compare
from domain.operations.stuck.made import facts_of
from domain.operations.stuck.queries import DifferenceLine, Line, difference_line, line_of_attempt, line_of_refund
from domain.operations.stuck.terms import UNREADABLE, Decided, Why
from domain.payments.life import Life, life_of, payment_row
from kit.money import Money
from models.base import connected
from models.ledger import Journal
from models.merchants import GatewayAccount, Merchant, Staff
from models.operations import Decision, Evidence
from models.payments import Attempt, AttemptState, Payment, Refund, RefundState
from models.work import Difference

_MOST = 20  # answers and decisions shown, the newest


@dataclass(frozen=True)
class Answer:
    """What the processor said when somebody asked."""

    at: datetime
    asked_by: str
    answered: bool
    said: str
    amount: Money | None
    captured: Money | None
    reference: str
    code: str
    ours: str  # our state at that moment


@dataclass(frozen=True)
class Verdict:
    """A decision with its reason."""

    at: datetime
    by: str
    what: Decided
    reason: str
    led_to: str


@dataclass(frozen=True)
class Case:
    """An attempt or a refund, ours beside theirs. `against_…` say why something cannot be decided now."""

    line: Line
    account: str  # the processor's id of the account
    livemode: bool
    epoch: int
    leased: bool
    reference: str  # of the intent or the refund at the processor
    charge: str
    booked: Money
    sent_at: datetime | None
    reserved_at: datetime
    note: str
    answers: tuple[Answer, ...]
    verdicts: tuple[Verdict, ...]
    differs: tuple[Differs, ...]
    against_asking: Why | None
    against_cancelling: Why | None
    against_closing: Why | None
    against_waiting: Why | None
    must_type: bool
    life: Life  # of the payment, with what was booked


def case_of_attempt(attempt: UUID, now: datetime) -> Case | None:
    """The case of an attempt, whatever its state; None when there is none."""
    with connected():
        row = Attempt.get_or_none(Attempt.id == attempt)
        if row is None:
            return None
        line = line_of_attempt(attempt)
        asked = _answers(Evidence.attempt == attempt)
        booked = row.amount if row.state == AttemptState.SUCCEEDED and _journal("payment", row.payment_id) else 0
        return _case(row, line, asked, booked, _verdicts(Decision.attempt == attempt), now,
                     charge=row.charge_ref or "", note=row.note or row.decline_code or "",
                     reserved_at=row.reserved_at)  # fmt: skip


def case_of_refund(refund: UUID, now: datetime) -> Case | None:
    """The case of a refund; None when there is none, or it was given back outside a processor."""
    with connected():
        row = Refund.get_or_none((Refund.id == refund) & Refund.gateway_account.is_null(False))
        if row is None:
            return None
        line = line_of_refund(refund)
        asked = _answers(Evidence.refund == refund)
        booked = row.amount if row.state == RefundState.SUCCEEDED and _journal("refund", row.id) else 0
        return _case(row, line, asked, booked, _verdicts(Decision.refund == refund), now,
                     charge=row.gateway_ref or "", note=row.failure or "", reserved_at=row.created_at)  # fmt: skip


def _case(  # noqa: PLR0917 - one row and what belongs to it
    row: Any, line: Line, asked: list[Evidence], booked: int, verdicts: tuple[Verdict, ...], now: datetime, *,
    charge: str, note: str, reserved_at: datetime,
) -> Case:  # fmt: skip
    latest = asked[0] if asked else None
    facts, account = facts_of(row, latest, now), row.gateway_account
    answers = tuple(_answer(each) for each in asked)
    ours = Ours(row.state, line.amount, Money(booked, row.currency), charge or None)
    return Case(
        line=line,
        account=account.external_id,
        livemode=account.livemode,
        epoch=row.epoch,
        leased=facts.leased,
        reference=row.gateway_ref or "",
        charge=charge,
        booked=ours.booked,
        sent_at=row.sent_at,
        reserved_at=reserved_at,
        note=note,
        answers=answers,
        verdicts=verdicts,
        differs=_differs(ours, answers[0] if answers else None),
        against_asking=_against_asking(row, facts.leased),
        against_cancelling=terms.against_cancelling(facts, now),
        against_closing=terms.against_closing(facts, now),
        against_waiting=terms.against_waiting(facts),
        must_type=bool(latest and latest.said in UNREADABLE),
        life=_life(row.payment),
    )


def _life(payment: Payment) -> Life:
    row = payment_row(payment.merchant_id, payment.id)
    assert row is not None  # it was found by its attempt or refund
    return life_of(row)


def _against_asking(row: Any, leased: bool) -> Why | None:
    if leased:
        return Why.BUSY
    if row.state == AttemptState.RESERVED:  # the same word for a refund
        return Why.NOT_STUCK
    return Why.CLOSED if row.state in (RefundState.SUCCEEDED, RefundState.FAILED) and isinstance(row, Refund) else None


def _differs(ours: Ours, last: Answer | None) -> tuple[Differs, ...]:
    if last is None or not last.answered:
        return ()
    return compare(ours, Theirs(last.said, last.amount, last.captured, last.reference or None))


def _answers(about: Any) -> list[Evidence]:
    rows = Evidence.select(Evidence, Staff).join(Staff).where(about)
    return list(rows.order_by(Evidence.at.desc(), Evidence.id.desc()).limit(_MOST))


def _answer(row: Evidence) -> Answer:
    def money(minor: int | None) -> Money | None:
        return Money(minor, row.currency) if minor is not None and row.currency else None

    return Answer(
        at=row.at,
        asked_by=row.asked_by.name,
        answered=row.answered,
        said=row.said,
        amount=money(row.amount),
        captured=money(row.captured),
        reference=row.charge_ref or "",
        code=row.code,
        ours=row.ours,
    )


def _verdicts(about: Any) -> tuple[Verdict, ...]:
    rows = Decision.select(Decision, Staff).join(Staff).where(about).order_by(Decision.at.desc()).limit(_MOST)
    return tuple(Verdict(row.at, row.staff.name, Decided(row.what), row.reason, row.led_to) for row in rows)


def _journal(kind: str, source: UUID) -> bool:
    return bool(Journal.select(Journal.id).where((Journal.kind == kind) & (Journal.source == str(source))).exists())


@dataclass(frozen=True)
class DifferenceCase:
    """A difference with what was done about it, and our own attempt or refund behind it."""

    line: DifferenceLine
    account: str
    settled_at: datetime | None
    attempt: UUID | None
    refund: UUID | None
    verdicts: tuple[Verdict, ...]


def case_of_difference(difference: UUID) -> DifferenceCase | None:
    """The case of a difference, settled or not."""
    with connected():
        row = (
            Difference.select(Difference, GatewayAccount, Merchant)
            .join(GatewayAccount)
            .join(Merchant)
            .where(Difference.id == difference)
            .first()
        )
        if row is None:
            return None
        account = row.gateway_account
        known = (Attempt.gateway_account == account) & (Attempt.gateway_ref == row.reference)
        back = (Refund.gateway_account == account) & (Refund.gateway_ref == row.reference)
        return DifferenceCase(
            line=difference_line(row),
            account=account.external_id,
            settled_at=row.settled_at,
            attempt=_id(Attempt.select(Attempt.id).where(known)),
            refund=_id(Refund.select(Refund.id).where(back)),
            verdicts=_verdicts(Decision.difference == difference),
        )


def _id(query: Any) -> UUID | None:
    found = query.first()
    return found.id if found else None
