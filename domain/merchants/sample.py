"""A customer that does not exist, with a life, so that a preview is drawn by the very code that draws the real thing.

The rows are made inside the caller's unit of work and taken back before it ends: nobody ever sees them, no job wakes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from integrations.gateways.base import MethodKind
from kit.calendar import local_day
from kit.clock import utc_now
from kit.ids import uuid7
from models.base import db, require_unit_of_work
from models.customers import Account, Address, ChangeState, ContactChange, ContactKind, Customer
from models.merchants import GatewayAccount, Merchant
from models.methods import BillingSchedule, Consent, ConsentScope, PaymentMethod
from models.orders import Collect, Order, OrderSource
from models.payments import (
    Allocation,
    Attempt,
    AttemptState,
    Origin,
    Payment,
    PaymentState,
    PlannedTry,
    Receipt,
    Recovery,
    Refund,
    RefundAllocation,
    RefundState,
)

NAME, EMAIL = "Alex Morgan", "alex@customer.example"  # RFC 2606: nobody's mailbox
RECEIPT = "R-SAMP7E00"
_PRICE, _SHOP, _WORKSHOP, _DEBIT, _BACK = 8900, 6400, 4250, 12000, 2000
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Sample:
    """The ids of the sample's rows, by the name that a mail's facts give them; all texts."""

    customer: UUID
    facts: dict[str, str]


@contextmanager
def sample_of(merchant: Merchant) -> Iterator[Sample]:
    """A sample customer of this merchant for as long as the block lasts, in the caller's unit of work."""
    require_unit_of_work()
    with db.savepoint() as point:
        try:
            yield _made(merchant, utc_now())
        finally:
            point.rollback()


def _made(merchant: Merchant, now: datetime) -> Sample:
    made = _Maker(merchant, now)
    failed, attempt, planned = made.failed()
    paid = made.paid()
    return Sample(
        made.customer.id,
        {
            "account": str(made.account.id),
            "version": "0",
            "order": str(failed.id),
            "attempt": str(attempt.id),
            "next_try": str(planned.id),
            "paid": str(paid.id),
            "refund": str(made.refund(paid).id),
            "debit": str(made.debit().id),
            "by_hand": str(made.order("Workshop: breathing", _WORKSHOP, made.today + 3 * _DAY).id),
            "ahead": str(made.ahead().id),
            "schedule": str(made.schedule.id),
            "amount": str(_PRICE + 1000),
            "before": str(_PRICE),
            "from": (made.today + 20 * _DAY).isoformat(),
            "day": (made.today + 20 * _DAY).isoformat(),
            "method": str(made.card.id),
            "expiry": f"{made.card.exp_year}-{made.card.exp_month:02d}",
            "phone_change": str(made.change(ContactKind.PHONE, ChangeState.DONE, "(555) 010-0177").id),
            "mailbox_change": str(made.change(ContactKind.EMAIL, ChangeState.PROOF, EMAIL).id),
            "at": now.isoformat(),
            "link": str(uuid7()),
        },
    )


class _Maker:
    """Makes the rows: raw, without the use cases, so that no mail, no job and no event follows."""

    def __init__(self, merchant: Merchant, now: datetime) -> None:
        self.merchant, self.now = merchant, now
        self.today: date = local_day(now, merchant.zone)
        self._numbers = iter(range(1, 99))
        self.customer = Customer.create(
            merchant=merchant, name=NAME, email=EMAIL, phone="(555) 010-0142", created_at=now
        )
        Address.create(customer=self.customer, street="12 Quay Street", city="Portland", region="ME", postcode="04101")
        self.account = Account.create(merchant=merchant, email=EMAIL, name=NAME, created_at=now)
        mark = uuid7().hex
        self.gateway_account = GatewayAccount.create(
            merchant=merchant, livemode=True, external_id=f"sample_{mark}", secret="", path_token=mark, created_at=now
        )
        self.card = self._method(MethodKind.CARD, "visa", "4242", is_default=True, **_soon(self.today))
        self.bank = self._method(MethodKind.BANK, "Harbor Bank", "6789")
        self.consent = Consent.create(
            customer=self.customer, method=self.card, scope=ConsentScope.ALL_DUE, text_version="", text="", shown_at=now
        )
        self.schedule = BillingSchedule.create(
            merchant=merchant, customer=self.customer, title="Monthly membership", amount=_PRICE,
            currency=merchant.currency, anchor_day=1, starts_on=self.today - 200 * _DAY,
            next_on=self.today + 20 * _DAY, next_amount=_PRICE + 1000, next_amount_from=self.today + 20 * _DAY,
            method=self.card, consent=self.consent, created_at=now,
        )  # fmt: skip

    def _method(self, kind: MethodKind, brand: str, last4: str, **values: Any) -> PaymentMethod:
        mark = uuid7().hex
        return PaymentMethod.create(
            customer=self.customer, gateway_account=self.gateway_account, gateway_ref=f"pm_{mark}",
            gateway_customer="", kind=kind, brand=brand, last4=last4, fingerprint=mark, created_at=self.now, **values,
        )  # fmt: skip

    def order(self, title: str, total: int, due: date, **values: Any) -> Order:
        """An open order, numbered so that it cannot be taken for a real one."""
        return Order.create(
            merchant=self.merchant, customer=self.customer, number=f"SAMPLE-{next(self._numbers)}", title=title,
            currency=self.merchant.currency, total=total, due_on=due, placed_at=self.now - 3 * _DAY,
            source=OrderSource.INVOICE, created_at=self.now, **({"open": total} | values),
        )  # fmt: skip

    def failed(self) -> tuple[Order, Attempt, PlannedTry]:
        """An automatic payment that failed yesterday, and the try that follows."""
        order = self.order(
            "Monthly membership", _PRICE, self.today - _DAY,
            collect=Collect.AUTOMATIC, method=self.card, consent=self.consent,
        )  # fmt: skip
        payment = self._payment(order, _PRICE, PaymentState.FAILED, Origin.AUTOMATIC, self.card)
        attempt = self._attempt(payment, AttemptState.FAILED, decline_code="insufficient_funds", hard=False)
        recovery = Recovery.create(
            merchant=self.merchant, customer=self.customer, order=order, attempt=attempt, amount=_PRICE,
            currency=self.merchant.currency, reason="insufficient_funds", opened_at=self.now - _DAY,
        )  # fmt: skip
        planned = PlannedTry.create(
            merchant=self.merchant, recovery=recovery, n=1, due_at=self.now + 2 * _DAY, method=self.card,
            slots="[]", probability="1", reason="", created_at=self.now,
        )  # fmt: skip
        return order, attempt, planned

    def paid(self) -> Payment:
        """A payment that succeeded, with its receipt."""
        order = self.order("Yoga mat and blocks", _SHOP, self.today - 9 * _DAY, paid=_SHOP, open=0)
        payment = self._payment(order, _SHOP, PaymentState.SUCCEEDED, Origin.PORTAL, self.card)
        self._attempt(payment, AttemptState.SUCCEEDED)
        Receipt.create(payment=payment, merchant=self.merchant, number=RECEIPT, issued_at=self.now - 9 * _DAY)
        return payment

    def refund(self, payment: Payment) -> Refund:
        """A part of it that went back."""
        row = Refund.create(
            payment=payment, gateway_account=self.gateway_account, amount=_BACK, currency=self.merchant.currency,
            state=RefundState.SUCCEEDED, state_since=self.now, created_at=self.now, closed_at=self.now,
        )  # fmt: skip
        RefundAllocation.create(refund=row, order=payment.allocations.get().order, amount=_BACK)
        return row

    def debit(self) -> Payment:
        """A bank debit that is not final yet, of an order that is due later."""
        order = self.order("Retreat deposit", _DEBIT, self.today + 10 * _DAY)
        payment = self._payment(order, _DEBIT, PaymentState.OPEN, Origin.PORTAL, self.bank)
        self._attempt(payment, AttemptState.PENDING, final_on=self.today + 4 * _DAY)
        return payment

    def ahead(self) -> Order:
        """An order that will be collected by itself."""
        return self.order(
            "Monthly membership", _PRICE, self.today + 20 * _DAY, collect=Collect.AUTOMATIC, method=self.card,
            consent=self.consent, collect_at=self.now + 20 * _DAY,
        )  # fmt: skip

    def change(self, what: ContactKind, state: ChangeState, wanted: str) -> ContactChange:
        """A wish for other contact details."""
        return ContactChange.create(
            customer=self.customer, account=self.account, what=what, wanted=wanted, state=state, made_at=self.now
        )

    def _payment(
        self, order: Order, amount: int, state: PaymentState, origin: Origin, method: PaymentMethod
    ) -> Payment:
        closed = None if state == PaymentState.OPEN else self.now - _DAY
        payment = Payment.create(
            merchant=self.merchant, customer=self.customer, gateway_account=self.gateway_account, method=method,
            amount=amount, currency=self.merchant.currency, origin=origin, state=state, created_at=self.now - _DAY,
            closed_at=closed,
        )  # fmt: skip
        Allocation.create(payment=payment, order=order, amount=amount)
        return payment

    def _attempt(self, payment: Payment, state: AttemptState, **values: Any) -> Attempt:
        return Attempt.create(
            payment=payment, gateway_account=self.gateway_account, method=payment.method_id, state=state,
            amount=payment.amount, currency=payment.currency, fingerprint=payment.method_id.hex,
            off_session=payment.origin == Origin.AUTOMATIC, reserved_at=self.now - _DAY, state_since=self.now - _DAY,
            closed_at=payment.closed_at, **values,
        )  # fmt: skip


def _soon(today: date) -> dict[str, int]:
    """A card's end: next month."""
    later = today.replace(day=1) + 32 * _DAY
    return {"exp_month": later.month, "exp_year": later.year}
