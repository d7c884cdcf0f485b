"""One function per e-mail: who gets it, which facts it needs, and the key that keeps it to one.

All of them run inside the unit of work that makes the fact true, so a mail is neither lost nor sent for nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.mail.catalogue import AT_ONCE, Template
from domain.mail.outbox import queue_mail
from domain.mail.quiet import by_day
from kit.clock import utc_now
from kit.ids import uuid7
from kit.money import Money
from models.base import require_unit_of_work
from models.customers import Access, Account, ContactChange, Customer
from models.methods import BillingSchedule, PaymentMethod
from models.orders import Order
from models.payments import Allocation, Attempt, Dispute, Origin, Payment, Recovery, Refund, RefundAllocation

PASSWORD, PASSWORD_HERE, ACCESS = "password", "password_here", "access"
ACCESS_ENDED = "access_ended"
_PERSONAL = (Origin.PORTAL, Origin.FIX_IT)


def confirm(account: Account) -> None:
    """The link that confirms the mailbox and sets the first password (24 hours)."""
    _link_letter(Template.CONFIRM, account)


def reset(account: Account) -> None:
    """The link that sets a new password (30 minutes)."""
    _link_letter(Template.RESET, account)


def sign_in_link(account: Account, back: str) -> None:
    """The link that signs in once (15 minutes), then on to `back`, the page that was wanted ("" for the home)."""
    _link_letter(Template.SIGN_IN_LINK, account, back=back)


def _link_letter(template: Template, account: Account, **facts: str) -> None:
    link = uuid7()
    queue_mail(
        template,
        merchant=account.merchant_id,
        to_address=account.email,
        to_name="",  # before the mailbox is proved the name is whatever a stranger typed into the form
        facts={"link": str(link), "account": str(account.id), "version": str(account.password_version)} | facts,
        dedup_key=f"{template}:{link}",
    )


def no_account(merchant: UUID | None, email: str) -> None:
    """Somebody asked for a new password for an address that has no account here (None: no staff account)."""
    queue_mail(
        Template.NO_ACCOUNT,
        merchant=merchant,
        to_address=email,
        to_name="",
        facts={},
        dedup_key=f"{Template.NO_ACCOUNT}:{uuid7()}",
    )


def invite(customer: Customer) -> None:
    """Asks a customer to make an account. At most one a day; nothing without an address."""
    require_unit_of_work()
    if not customer.email:
        return
    customer.invited_at = utc_now()
    Customer.update(invited_at=customer.invited_at).where(Customer.id == customer.id).execute()
    _to_customer(Template.INVITE, customer, {}, f"{Template.INVITE}:{customer.id}:{customer.invited_at:%Y-%m-%d}")


def security_change(account: Account, what: str) -> None:
    """Tells the person that the password was reset (PASSWORD) or changed by somebody signed in (PASSWORD_HERE).

    Or that the account now covers more (ACCESS), or one record less (ACCESS_ENDED).
    """
    queue_mail(
        Template.SECURITY_CHANGE,
        merchant=account.merchant_id,
        to_address=account.email,
        to_name=account.name,
        facts={"account": str(account.id), "what": what, "at": utc_now().isoformat()},
        dedup_key=f"{Template.SECURITY_CHANGE}:{account.id}:{what}:{uuid7()}",
    )


def receipt(payment_id: UUID) -> None:
    """The receipt of a succeeded payment; its row exists already."""
    payment = Payment.get_by_id(payment_id)
    facts, key = {"payment": str(payment_id)}, f"{Template.RECEIPT}:{payment_id}"
    _to_customer(Template.RECEIPT, payment.customer, facts, key, waited_for=payment.origin in _PERSONAL)


def payment_failed(recovery_id: UUID | None, attempt_id: UUID, *, next_try_id: UUID | None) -> None:
    """An automatic payment failed: why, what we do next (the planned try, if any), and a fix-it link for the order."""
    payment = Attempt.get_by_id(attempt_id).payment
    order = Recovery.get_by_id(recovery_id).order_id if recovery_id else payment.allocations.get().order_id
    facts = {"attempt": str(attempt_id), "order": str(order), "link": str(uuid7())}
    if next_try_id:
        facts["next_try"] = str(next_try_id)
    _to_customer(Template.PAYMENT_FAILED, payment.customer, facts, f"{Template.PAYMENT_FAILED}:{attempt_id}:{order}")


def confirm_at_bank(attempt_id: UUID) -> None:
    """The bank wants the person to confirm: a fix-it link, because only the person can do it."""
    payment = Attempt.get_by_id(attempt_id).payment
    order = payment.allocations.get().order_id
    facts = {"attempt": str(attempt_id), "order": str(order), "link": str(uuid7())}
    _to_customer(Template.CONFIRM_AT_BANK, payment.customer, facts, f"{Template.CONFIRM_AT_BANK}:{attempt_id}")


def bank_debit_on_its_way(payment_id: UUID) -> None:
    """A bank debit was started: the amount, the account, and the day it becomes final."""
    payment = Payment.get_by_id(payment_id)
    key = f"{Template.BANK_DEBIT_ON_ITS_WAY}:{payment_id}"
    waited_for = payment.origin in _PERSONAL
    _to_customer(
        Template.BANK_DEBIT_ON_ITS_WAY, payment.customer, {"payment": str(payment_id)}, key, waited_for=waited_for
    )


class BeforeCharge(StrEnum):
    """Why a charge is told ahead."""

    ALWAYS = "always"  # the merchant tells before every charge
    RARE = "rare"  # the last one was 60 days ago or more
    CHANGED = "changed"  # it is another amount than the last one


def new_order(order: Order) -> None:
    """A schedule has made an order that the customer pays by hand: a fix-it link for it."""
    facts = {"order": str(order.id), "link": str(uuid7())}
    _to_customer(Template.NEW_ORDER, order.customer, facts, f"{Template.NEW_ORDER}:{order.id}")


def method_needed(order: Order) -> None:
    """An automatic order could not be collected for want of a method: why, and a fix-it link."""
    facts = {"order": str(order.id), "link": str(uuid7())}
    _to_customer(Template.METHOD_NEEDED, order.customer, facts, f"{Template.METHOD_NEEDED}:{order.id}")


def before_charge(order: Order, why: BeforeCharge) -> None:
    """An order will be collected by itself: when, how much, with what, and why we say so."""
    facts, key = {"order": str(order.id), "why": str(why)}, f"{Template.BEFORE_CHARGE}:{order.id}"
    _to_customer(Template.BEFORE_CHARGE, order.customer, facts, key)


def schedule_changed(schedule: BillingSchedule, *, before: Money, amount: Money, from_on: date) -> bool:
    """A schedule bills another amount from a day on. False when there is no address to tell it to."""
    facts = {
        "schedule": str(schedule.id),
        "amount": str(amount.minor),
        "before": str(before.minor),
        "from": from_on.isoformat(),
    }
    key = f"{Template.SCHEDULE_CHANGED}:{schedule.id}:{uuid7()}"
    return _to_customer(Template.SCHEDULE_CHANGED, schedule.customer, facts, key)


class RunNews(StrEnum):
    """What the customer asked of a coming run of a schedule."""

    MOVED = "moved"  # due on another day
    KEPT = "kept"  # on its own day again
    SKIPPED = "skipped"
    RESTORED = "restored"  # not skipped any more


def run_changed(schedule: BillingSchedule, news: RunNews, *, day: date, due: date) -> None:
    """Confirms to the customer what they asked of the run of the period of `day`; `due` is when it is due now."""
    facts = {"schedule": str(schedule.id), "news": str(news), "day": day.isoformat(), "due": due.isoformat()}
    key = f"{Template.RUN_CHANGED}:{schedule.id}:{uuid7()}"
    _to_customer(Template.RUN_CHANGED, schedule.customer, facts, key, waited_for=True)


def card_expiring(method: PaymentMethod) -> bool:
    """A card that stands behind something ends soon: once for the card and its end. False without an address."""
    key = card_expiring_key(method)
    facts = {"method": str(method.id), "expiry": key.rpartition(":")[2]}
    return _to_customer(Template.CARD_EXPIRING, method.customer, facts, key)


def card_expiring_key(method: PaymentMethod) -> str:
    """The key of that letter: the card and its end, `2026-12`."""
    return f"{Template.CARD_EXPIRING}:{method.id}:{method.exp_year}-{method.exp_month or 0:02d}"


def new_card(
    customer: Customer, *, not_before: datetime, order: Order | None = None, method: PaymentMethod | None = None
) -> str | None:
    """A merchant's person asks for a new card: for an order that could not be collected, or in the place of a card that
    ends. Answers the letter's key; None without an address. How often anybody is asked: domain/desk/ask.py.
    """
    facts = {"link": str(uuid7())}
    if order is not None:
        facts["order"] = str(order.id)
    if method is not None:
        facts["method"] = str(method.id)
    key = f"{Template.NEW_CARD}:{customer.id}:{facts['link']}"
    return key if _to_customer(Template.NEW_CARD, customer, facts, key, not_before=not_before) else None


def confirm_again(attempt_id: UUID, order: Order, *, not_before: datetime) -> str | None:
    """The link to confirm at the bank once more, as a merchant's person wants it. Its key; None without an address."""
    facts = {"attempt": str(attempt_id), "order": str(order.id), "link": str(uuid7())}
    key = f"{Template.CONFIRM_AT_BANK}:{attempt_id}:{facts['link'][-8:]}"
    done = _to_customer(Template.CONFIRM_AT_BANK, order.customer, facts, key, not_before=not_before)
    return key if done else None


class RefundNews(StrEnum):
    """What a letter about a refund tells."""

    PENDING = "pending"  # the bank takes days
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # the bank sent it back


def refund(refund_id: UUID, news: RefundNews) -> None:
    """Money goes back, has gone back, or could not; and whether the purchase is owed again."""
    owner = Refund.get_by_id(refund_id).payment.customer
    facts, key = {"refund": str(refund_id), "news": str(news)}, f"{Template.REFUND}:{refund_id}:{news}"
    _to_customer(Template.REFUND, owner, facts, key)


def returned(payment_id: UUID, order_id: UUID) -> None:
    """A payment that had arrived came back, and the order is owed again: a fix-it link for it."""
    owner = Payment.get_by_id(payment_id).customer
    facts = {"payment": str(payment_id), "order": str(order_id), "link": str(uuid7())}
    _to_customer(Template.RETURNED, owner, facts, f"{Template.RETURNED}:{payment_id}:{order_id}")


class DisputeNews(StrEnum):
    """What a letter about a dispute tells the merchant."""

    INQUIRY = "inquiry"  # the bank asks, and has taken nothing
    CLOSED = "closed"  # an inquiry that led to nothing
    OPENED = "opened"
    WON = "won"
    LOST = "lost"  # the merchant has to decide
    RETURNED = "returned"  # a bank debit came back as not authorised


def dispute(dispute_id: UUID, news: DisputeNews) -> None:
    """Tells the merchant of a dispute, at its contact address; nothing without one."""
    merchant = Dispute.get_by_id(dispute_id).payment.merchant
    if merchant.contact_email:
        queue_mail(
            Template.DISPUTE,
            merchant=merchant.id,
            to_address=merchant.contact_email.strip().lower(),
            to_name=merchant.name,
            facts={"dispute": str(dispute_id), "news": str(news)},
            dedup_key=f"{Template.DISPUTE}:{dispute_id}:{news}",
            not_before=by_day(utc_now(), merchant.zone),
        )


def contact_change_asked(change: ContactChange) -> None:
    """A customer asks the merchant for another name, e-mail or phone. Nothing without a contact address."""
    merchant = change.customer.merchant
    if merchant.contact_email:
        queue_mail(
            Template.CONTACT_CHANGE_ASKED,
            merchant=merchant.id,
            to_address=merchant.contact_email.strip().lower(),
            to_name=merchant.name,
            facts={"change": str(change.id)},
            dedup_key=f"{Template.CONTACT_CHANGE_ASKED}:{change.id}",
            not_before=by_day(utc_now(), merchant.zone),
        )


def new_email(change: ContactChange) -> None:
    """The link that proves a new mailbox (24 hours), to that mailbox. Each call makes a new link."""
    link = uuid7()
    queue_mail(
        Template.NEW_EMAIL,
        merchant=change.customer.merchant_id,
        to_address=change.wanted,
        to_name="",  # not proved: it may be a stranger's
        facts={"link": str(link), "change": str(change.id), "version": str(change.account.password_version)},
        dedup_key=f"{Template.NEW_EMAIL}:{link}",
        customer=change.customer_id,
    )


class ContactNews(StrEnum):
    """What a letter about a change of contact details tells."""

    EMAIL_BEGUN = "email_begun"  # to the old mailbox: a link has gone to another one
    EMAIL_DONE = "email_done"  # to the old mailbox: it is not used any more
    DONE = "done"
    DECLINED = "declined"


def contact_change(change: ContactChange, news: ContactNews) -> None:
    """Tells the person: an e-mail's change to the mailbox of until then, the rest to the account that wished it.

    What is done is told to the record's own mailbox too, when the account that wished it has another.
    """
    of_record, of_account = change.customer.email, change.account.email
    told = {of_account: ""}
    if of_record and news in (ContactNews.EMAIL_BEGUN, ContactNews.EMAIL_DONE):
        told = {of_record: ""}
    elif of_record and news is ContactNews.DONE:
        told = {of_record: ":record"} | told
    for address, which in told.items():
        queue_mail(
            Template.CONTACT_CHANGE,
            merchant=change.customer.merchant_id,
            to_address=address,
            to_name=change.account.name if address == of_account else change.customer.name,
            facts={"change": str(change.id), "news": str(news), "at": utc_now().isoformat()},
            dedup_key=f"{Template.CONTACT_CHANGE}:{change.id}:{news}{which}",
            customer=change.customer_id,
        )


def _to_customer(
    template: Template,
    customer: Customer,
    facts: dict[str, str],
    dedup_key: str,
    *,
    waited_for: bool = False,
    not_before: datetime | None = None,
) -> bool:
    """A letter to the customer: at once when the person waits for it, else by day. False without an address."""
    require_unit_of_work()
    address = customer.email or _address_of_an_account(customer)
    if not address:
        return False
    queue_mail(
        template,
        merchant=customer.merchant_id,
        to_address=address,
        to_name=customer.name,
        facts=facts | {"customer": str(customer.id)},
        dedup_key=dedup_key,
        not_before=not_before
        if waited_for or template in AT_ONCE
        else by_day(not_before or utc_now(), customer.merchant.zone),
        customer=customer.id,
        order=_order_of(facts),
    )
    return True


def _order_of(facts: dict[str, str]) -> str | None:
    """The order that a letter is about: named in its facts, or the only one of its payment or refund."""
    if "order" in facts:
        return facts["order"]
    found: Any
    if "payment" in facts:
        found = Allocation.select(Allocation.order).where(Allocation.payment == UUID(facts["payment"]))
    elif "refund" in facts:
        found = RefundAllocation.select(RefundAllocation.order).where(RefundAllocation.refund == UUID(facts["refund"]))
    else:
        return None
    orders = {str(order) for (order,) in found.tuples()}
    return orders.pop() if len(orders) == 1 else None  # of several: `about_order` finds it in each one's timeline


def about_order(*, payments: Collection[UUID], refunds: Collection[UUID]) -> list[str]:
    """The keys under which letters about these payments and refunds were queued, where one is about several orders."""
    of_payments = (Template.RECEIPT, Template.BANK_DEBIT_ON_ITS_WAY)
    return [f"{template}:{payment}" for payment in payments for template in of_payments] + [
        f"{Template.REFUND}:{refund}:{news}" for refund in refunds for news in RefundNews
    ]


def _address_of_an_account(customer: Customer) -> str:
    """For a customer record without an address: the first account that may act for it."""
    account = (
        Account.select()
        .join(Access)
        .where(Access.customer == customer, Access.revoked_at.is_null(), Account.confirmed_at.is_null(False))
        .order_by(Access.granted_at)
        .first()
    )
    return account.email if account else ""
