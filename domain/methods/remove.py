"""Removing a payment method, with its guards (cases.md 20 to 23).

Here it is gone at once: nothing is charged to it from the commit on. The processor is asked to forget it afterwards
(forget.py). What was agreed to and what was paid with it stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from babel.lists import format_list

from domain.events.record import Actor, record
from domain.methods import mandates
from domain.methods.backing import Backs, backing, uses
from domain.methods.consent import give, replacement_text
from domain.methods.move import carry_over, take_over_now
from domain.methods.queries import REMOVED, MethodView, methods_of, open_attempts, removed
from domain.methods.unpromise import asked_for, release
from domain.orders.locks import lock_card, lock_credit, lock_what_is_charged
from domain.work.wake import Work, wake
from kit.calendar import local_day
from kit.clock import utc_now
from kit.dates import humane_day
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _, current_locale
from kit.money import Money
from models.base import require_unit_of_work, unit_of_work
from models.customers import Customer
from models.methods import Consent, ConsentScope, MethodState, PaymentMethod
from models.orders import Order
from models.payments import Attempt, Promise


@dataclass(frozen=True)
class Removal:
    """What removing a method would mean. `refused` says why it cannot be now, or nothing.

    `replacements`: what it backs must go over to one of these first. `defaults`: one of these must be the next default.
    `promised`: charges that were asked for on a day with it, and will not be made.
    """

    method: MethodView
    backs: Backs
    refused: str
    replacements: tuple[MethodView, ...]
    defaults: tuple[MethodView, ...]
    promised: tuple[Promise, ...]
    payment: UUID | None = None  # the one under way that holds it


def removal(*, customer: UUID, method: UUID) -> Removal:
    """What would happen. Raises NotFound when it is not this customer's, or was removed already."""
    methods = methods_of(customer)
    chosen = next((each for each in methods if each.id == method), None)
    if chosen is None:
        raise NotFound(_("That payment method is not there any more."))
    backs, today = backing(customer).of(method), _today(customer)
    others = [each for each in methods if each.id != method and each.fit]
    alike = tuple(each for each in others if each.kind == chosen.kind)
    under_way = open_attempts(customer, method)
    missed = backs.needed and not alike
    return Removal(
        method=chosen,
        backs=backs,
        refused=_under_way(chosen, under_way, today) or (_needed(chosen, backs, methods, today) if missed else ""),
        replacements=alike if backs.needed else (),
        defaults=tuple(others) if chosen.is_default else (),
        promised=tuple(asked_for(customer, method)),
        payment=under_way[-1].payment_id if under_way else None,
    )


def _today(customer: UUID) -> date:
    return local_day(utc_now(), Customer.get_by_id(customer).merchant.zone)


def _under_way(chosen: MethodView, attempts: Sequence[Attempt], today: date) -> str:
    """A payment whose outcome is open may still need the method, or its name (case 23)."""
    if not attempts:
        return ""
    last = attempts[-1]
    said = {"amount": Money(last.amount, last.currency), "method": chosen.label}
    if last.final_on is None:
        return (
            _("A payment of %(amount)s with %(method)s is under way. You can remove it once the bank has answered.")
            % said
        )
    day = humane_day(last.final_on, today, current_locale())
    return _("%(amount)s from %(method)s is on its way, final by %(day)s. You can remove it after that.") % {
        **said,
        "day": day,
    }


def _needed(chosen: MethodView, backs: Backs, methods: Sequence[MethodView], today: date) -> str:
    """What depends on it needs another of its kind (cases 20 and 22)."""
    said = {"method": chosen.label, "uses": format_list(uses(backs, today), locale=current_locale())}
    if len(methods) == 1:
        why = _("%(method)s is your only payment method, and it is needed: %(uses)s.")
    elif chosen.is_bank:
        why = _("%(method)s is needed, and no other bank account could take its place: %(uses)s.")
    else:
        why = _("%(method)s is needed, and no other card could take its place: %(uses)s.")
    first = (
        _("Add another bank account first, then remove this one.")
        if chosen.is_bank
        else _("Add another card first, then remove this one.")
    )
    return _("%(why)s %(first)s") % {"why": why % said, "first": first}


def remove(
    *,
    customer: UUID,
    method: UUID,
    replacement: UUID | None = None,
    next_default: UUID | None = None,
    ip: str = "",
    agent: str = "",
) -> str:
    """Removes a method, after what it backed went over to `replacement`; says what was done. Harmless twice.

    Raises NotFound (not this customer's), Conflict when a payment with it is under way or nothing could take its
    place, DomainError with the field at fault when the replacement or the next default has not been chosen.
    """
    with unit_of_work():
        gone = removed(customer, method)
        if gone:
            return _("%(method)s has been removed already.") % {"method": gone}
        _take_turns(customer, method)
        known = removal(customer=customer, method=method)
        if known.refused:
            raise Conflict(known.refused)
        onto = _chosen(known.replacements, replacement, "replacement")
        default = _chosen(known.defaults, next_default, "next_default")
        if onto is not None:
            _hand_over(known, onto, customer=customer, ip=ip, agent=agent)
        _forget_here(known.method, default, customer)
        release(method, list(known.promised), utc_now())
    if onto is not None:
        return _("%(method)s was removed. What it paid is charged to %(other)s from now on.") % {
            "method": known.method.label,
            "other": onto.label,
        }
    return _("%(method)s was removed.") % {"method": known.method.label}


def _take_turns(customer: UUID, method: UUID) -> None:
    """A payment that is being reserved with this card goes first, and is seen; another removal waits for this one.

    In the order of all money work: the card's use, orders, schedules, the customer.
    """
    mine = (PaymentMethod.id == method) & (PaymentMethod.customer == customer)
    row: PaymentMethod | None = PaymentMethod.get_or_none(mine)
    if row is None:
        return
    lock_card(row)
    lock_what_is_charged(customer)
    lock_credit(customer)


def _chosen(offered: Sequence[MethodView], wanted: UUID | None, name: str) -> MethodView | None:
    """The one that was picked of those that had to be picked from; never one that we pick ourselves (case 21)."""
    if not offered:
        return None
    for each in offered:
        if each.id == wanted:
            return each
    if name == "next_default":
        raise DomainError(_("Choose which payment method is your default from now on."), field=name)
    raise DomainError(_("Choose what is charged in its place."), field=name)


def _hand_over(known: Removal, onto: MethodView, *, customer: UUID, ip: str, agent: str) -> None:
    """Schedules with their orders go over under one consent, every other order under one of its own."""
    text = replacement_text(Customer.get_by_id(customer).merchant.name, onto.label, known.method.label)
    schedules = known.backs.schedules
    if schedules:
        take_over_now(customer=customer, onto=onto, schedules=schedules, text=text, ip=ip, agent=agent)
    for order in known.backs.orders:
        if order.schedule not in {view.id for view in schedules}:
            kept = "\n".join([text, f"- {order.title}, {order.amount}"])
            scope = ConsentScope.ORDER
            consent = give(
                customer=customer, method=onto.id, scope=scope, order=order.id, text=kept, ip=ip, agent=agent
            )
            carry_over(Order.id == order.id, consent)


def _forget_here(method: MethodView, default: MethodView | None, customer: UUID) -> None:
    require_unit_of_work()
    now = utc_now()
    gone = {"state": MethodState.DETACHED, "is_default": False, "verify_url": None, "setup_ref": None}
    PaymentMethod.update(**gone, detach_at=now).where(PaymentMethod.id == method.id).execute()
    if default is not None:
        PaymentMethod.update(is_default=True).where(PaymentMethod.id == default.id).execute()
    Consent.update(revoked_at=now).where((Consent.method == method.id) & Consent.revoked_at.is_null()).execute()
    mandates.void(method.id, reason=REMOVED, at=now)
    record("method.removed", merchant=Customer.get_by_id(customer).merchant_id, actor=Actor.CUSTOMER,
           customer=customer, subject=method.id)  # fmt: skip
    wake(Work.METHOD, method.id)
