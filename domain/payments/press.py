"""A person presses *Pay*: the one way from a web page into the money protocol."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.events.record import Actor, record
from domain.payments import choice, intention
from domain.payments.ask import ask
from domain.payments.at_gateway import WEB_SECONDS
from domain.payments.choice import Choice
from domain.payments.intention import Buyer
from domain.payments.part_rule import rule_at
from domain.payments.reserve import AmountChanged, Ask, Reserved, reserve
from domain.payments.web_turn import web_turn
from domain.work.wake import Work, wake
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.errors import DomainError, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.orders import PayIntention
from models.payments import Attempt, AttemptState, Origin


@dataclass(frozen=True)
class Pressed:
    """What the form sent. `seen` is the amount on the button, `press` the number of the press that the page offered.

    A part needs `whole` as well: the button would not tell that what is open has changed (cases.md 54).
    """

    handle: str
    method: UUID
    seen: int  # minor units
    press: int
    ip: str = ""
    agent: str = ""
    whole: int | None = None  # what was open on the chosen orders together, in minor units; None: as on the button


def press(pressed: Pressed, *, buyer: Buyer) -> UUID:
    """Pays what was chosen, once. Returns the payment to look at, whatever became of it.

    The same form sent again (double click, reload, back) returns the same payment. Raises Held, AmountChanged,
    AlreadyPaid, Ceiling, NotFound or DomainError; then nothing was asked of the bank.
    """
    row = intention.find(pressed.handle, buyer=buyer)
    reserved = reserve(_ask_for(row, pressed, buyer))
    if reserved.fresh:
        _trace(row, reserved, buyer)
        _send(reserved)
    return reserved.payment


def _ask_for(row: PayIntention, pressed: Pressed, buyer: Buyer) -> Ask:
    if buyer.account is None and row.method_id != pressed.method:
        raise NotFound(_("Through this link you can pay with a new card only. Sign in to use a stored one."))
    wish = _as_seen(row, pressed)
    return Ask(
        customer=buyer.customer,
        method=pressed.method,
        choices=wish.asked,
        origin=Origin.PORTAL if buyer.account else Origin.FIX_IT,
        account=buyer.account,
        intention=row.id,
        press=pressed.press,
        ip=pressed.ip,
        agent=pressed.agent,
        parts=wish.takes if wish.is_part else {},
    )


def _as_seen(row: PayIntention, pressed: Pressed) -> Choice:
    """What was chosen, if it is what the page showed; today's amounts, if the page showed those."""
    whole = pressed.seen if pressed.whole is None else pressed.whole
    kept = choice.kept(row)
    if not kept.opens:
        raise DomainError(_("Choose at least one purchase to pay."))
    now = choice.kept_now(row, rule_at(row.merchant, row.currency))
    for wish in (kept, now):
        if (wish.amount.minor, wish.whole.minor) == (pressed.seen, whole):
            return wish
    if now.amount.minor == pressed.seen:
        raise AmountChanged(
            _("What is open has changed: it is now %(whole)s together. Nothing was taken; check it and press again.")
            % {"whole": now.whole}
        )
    raise AmountChanged(
        _("The total is now %(amount)s. Nothing was taken; check it and press again.") % {"amount": now.amount}
    )


def _trace(row: PayIntention, reserved: Reserved, buyer: Buyer) -> None:
    with unit_of_work():
        record(
            "payment.pressed",
            merchant=row.merchant_id,
            actor=Actor.CUSTOMER,
            actor_id=buyer.account,
            customer=buyer.customer,
            subject=reserved.payment,
        )


def _send(reserved: Reserved) -> None:
    """Asks within this request when it is our turn; else the row is left to a worker and the page waits for it."""
    with web_turn() as mine:
        if mine:
            ask(reserved.attempt, deadline=Deadline.within(WEB_SECONDS))
        else:
            leave_to_worker(reserved.attempt)


def leave_to_worker(attempt: UUID) -> None:
    """Due at once: the queue is told, and the clock finds the row if the queue forgets."""
    with unit_of_work():
        Attempt.update(next_look_at=utc_now()).where(
            (Attempt.id == attempt) & (Attempt.state == AttemptState.RESERVED)
        ).execute()
        wake(Work.ATTEMPT, attempt)
