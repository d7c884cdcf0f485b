"""Adding a card or bank account: a visit to the processor's hosted page and back (protocol.md 3).

Card data never reaches us. The person's return and the processor's webhook run the same function and end in the same
one method per fingerprint.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID

from peewee import IntegrityError

from domain.methods import tries
from domain.methods.keep import NOBODY, keep_method, not_verified
from domain.methods.mandates import Agreed
from domain.methods.queries import label
from domain.payments.at_gateway import WEB_SECONDS, active_account, gateway_for
from domain.payments.intention import LIFE, Buyer, find
from domain.payments.web_turn import web_turn
from integrations.gateways.base import Gateway, GatewayError, MethodKind, Setup, SetupStatus
from kit.clock import utc_now
from kit.config import settings
from kit.deadline import Deadline, DeadlinePassed
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.ids import as_uuid
from kit.log import log
from models.base import unit_of_work
from models.customers import Customer, GatewayCustomer
from models.merchants import GatewayAccount
from models.methods import MethodState, PaymentMethod
from models.orders import PayIntention

PAY, METHODS = "pay", "methods"


@dataclass(frozen=True)
class Back:
    """Where a visit ends: on the pay page of `handle`, or on the methods page; with the method if one was added."""

    to: str
    handle: str
    method: UUID | None
    sentence: str
    replaces: UUID | None = None  # what it was added in the place of


def begin_without_paying(*, buyer: Buyer, replaces: UUID | None = None) -> str:
    """A visit from the methods page: an intention with nothing chosen, only for its handle.

    `replaces`: the method in whose place another of its kind is added.
    """
    customer = Customer.get_by_id(buyer.customer)
    now = utc_now()
    with unit_of_work():
        row = PayIntention.create(
            handle=secrets.token_urlsafe(24),
            merchant=customer.merchant_id,
            customer=customer,
            account=buyer.account,
            currency=customer.merchant.currency,
            back_to=METHODS,
            replaces=replaces and str(replaces),
            created_at=now,
            expires_at=now + LIFE,
        )
        return str(row.handle)


def start(handle: str, *, buyer: Buyer, kind: MethodKind, address: str = "") -> str:
    """Opens the hosted page for this intention and returns its address.

    Raises NotFound (not this buyer's), or DomainError when the processor cannot be reached or somebody at `address` has
    tried too often (tries.py); nothing is lost then.
    """
    row = find(handle, buyer=buyer)
    if kind == MethodKind.BANK and row.currency != "USD":
        raise DomainError(_("Bank accounts can be used for payments in US dollars only."))
    account = active_account(row.merchant_id)
    if account is None:
        raise DomainError(_("Payments are not set up here yet. Please ask the merchant."))
    tries.check(customer=row.customer_id, address=address)
    deadline = Deadline.within(WEB_SECONDS)
    with web_turn() as mine:
        if not mine:
            raise DomainError(_("Our payment processor is slow just now. Wait a moment and press again."))
        try:
            gateway = gateway_for(account)
            setup = _open(gateway, account, row, kind, deadline)
        except (GatewayError, DeadlinePassed) as problem:
            log().warning("setup.not_started", intention=str(row.id), problem=type(problem).__name__)
            raise DomainError(
                _("Our payment processor does not answer just now. Nothing is lost; please try again in a minute.")
            ) from None
    return str(setup.url)


def _open(gateway: Gateway, account: GatewayAccount, row: PayIntention, kind: MethodKind, deadline: Deadline) -> Setup:
    count = _count_visit(row)
    customer = _gateway_customer(gateway, account, row.customer, f"{row.id}:customer:{count}", deadline)
    back = f"{settings().public_url}/p/{row.merchant.slug}/back/{row.handle}"
    setup = gateway.start_setup(
        key=f"{row.id}:setup:{count}",
        customer=customer,
        kinds=(kind,),
        currency=row.currency,
        reference=row.handle,
        success_url=back,
        cancel_url=f"{back}?left=1",
        deadline=deadline,
    )
    latest = (PayIntention.id == row.id) & (PayIntention.setup_count == count)
    PayIntention.update(setup_ref=setup.id).where(latest).execute()
    return setup


def _count_visit(row: PayIntention) -> int:
    """A new number, so a new key, for each visit: a key that once got a 500, or other parameters, replays that."""
    with unit_of_work():
        PayIntention.update(setup_count=PayIntention.setup_count + 1).where(PayIntention.id == row.id).execute()
        return int(PayIntention.get_by_id(row.id).setup_count)


def _gateway_customer(
    gateway: Gateway, account: GatewayAccount, customer: Customer, key: str, deadline: Deadline
) -> str:
    known = (
        GatewayCustomer.select()
        .where((GatewayCustomer.customer == customer) & (GatewayCustomer.gateway_account == account))
        .first()
    )
    if known is not None:
        return str(known.gateway_ref)
    ref = gateway.create_customer(
        key=key,
        name=customer.name,
        email=customer.email,
        reference=str(customer.id),
        deadline=deadline,
    )
    try:
        GatewayCustomer.create(customer=customer, gateway_account=account, gateway_ref=ref)
    except IntegrityError:
        pass  # the same answer twice; a customer may have several of these anyway
    return ref


def finish(handle: str, *, buyer: Buyer, agreed: Agreed = NOBODY) -> Back:
    """The person is back. Fetches the visit, stores the method once, and says where to go and what happened.

    `agreed`: from where, kept with the authorization of a bank account.
    """
    row = find(handle, buyer=buyer)
    if row.setup_ref is None:
        return Back(row.back_to, handle, None, "")
    account = active_account(row.merchant_id)
    if account is None:
        return Back(row.back_to, handle, None, _("Payments are not set up here just now. Please ask the merchant."))
    with web_turn() as mine:
        if not mine:
            return Back(row.back_to, handle, None, _("Your card is being added. It will be here in a moment."))
        try:
            return _finish(row, account, row.setup_ref, agreed)
        except (GatewayError, DeadlinePassed):
            return Back(
                row.back_to, handle, None, _("We could not check yet what you added. It will be here in a moment.")
            )


def is_known(*, account: GatewayAccount, reference: str | None) -> bool:
    """Whether a visit at this processor account was begun by us: its reference is the handle of an intention."""
    mine = (PayIntention.handle == reference) & (PayIntention.merchant == account.merchant_id)
    return reference is not None and PayIntention.select().where(mine).exists()


def finish_from_gateway(*, account: GatewayAccount, setup: str, reference: str | None) -> None:
    """The same from the processor's webhook, also for an earlier visit of a page on which another was begun since.

    Raises NotFound when the visit is not of ours, DomainError when the processor cannot be asked now.
    """
    mine = (PayIntention.setup_ref == setup) | (PayIntention.handle == reference)
    row = PayIntention.get_or_none((PayIntention.merchant == account.merchant_id) & mine)
    if row is None:
        raise NotFound("no visit of ours")
    _finish_later(row, account, setup)


def awaits_check(*, account: GatewayAccount, method: str | None) -> bool:
    """Whether this is a bank account of ours whose micro-deposits have not been confirmed yet."""
    return method is not None and _unverified(account, method) is not None


def check_again(*, account: GatewayAccount, method: str) -> None:
    """The processor says that something happened to a bank account that awaits its check: reads its visit again."""
    known = _unverified(account, method)
    if known is None:
        return
    try:
        _check(known)
    except (GatewayError, DeadlinePassed) as problem:
        raise DomainError(type(problem).__name__) from None


def check_now(*, customer: UUID, method: UUID) -> str:
    """The person says that the two amounts were entered: asks the processor, and returns what is so now.

    Raises NotFound (not this customer's), DomainError when the processor cannot be asked just now.
    """
    mine = (PaymentMethod.id == method) & (PaymentMethod.customer == customer)
    known = PaymentMethod.get_or_none(mine & (PaymentMethod.state != MethodState.DETACHED))
    if known is None:
        raise NotFound(_("That payment method is not there any more."))
    if known.state == MethodState.UNVERIFIED:
        with web_turn() as turn:
            if not turn:
                raise DomainError(_("Our payment processor is slow just now. Wait a moment and press again."))
            try:
                _check(known)
            except (GatewayError, DeadlinePassed):
                raise DomainError(_("We could not ask just now. Please try again in a minute.")) from None
    return _standing(PaymentMethod.get_by_id(method))


def _standing(method: PaymentMethod) -> str:
    name = label(method.brand, method.last4)
    if method.state == MethodState.UNVERIFIED:
        return _("%(method)s still waits for its check: the two amounts were not entered, or were not right.") % {
            "method": name
        }
    if method.state == MethodState.BLOCKED:
        return _("%(method)s could not be verified. Add it again, or use another way to pay.") % {"method": name}
    return _("%(method)s is verified: you can pay with it now.") % {"method": name}


def _check(known: PaymentMethod) -> None:
    """Where the check of a bank account stands at the processor, stored."""
    account = known.gateway_account
    if known.setup_ref is None:
        return
    setup = gateway_for(account).read_setup(known.setup_ref, deadline=Deadline.within(WEB_SECONDS))
    if not _is_customers(setup, known.customer_id, account):
        log().error("setup.not_ours", method=str(known.id))
    elif setup.failure:
        not_verified(known, setup.failure)
    elif setup.method is not None and setup.method.id == known.gateway_ref:
        keep_method(known.customer_id, account, setup.method, setup)


def _unverified(account: GatewayAccount, method: str) -> PaymentMethod | None:
    return PaymentMethod.get_or_none(
        (PaymentMethod.gateway_account == account)
        & (PaymentMethod.gateway_ref == method)
        & (PaymentMethod.state == MethodState.UNVERIFIED)
    )


def _finish_later(row: PayIntention, account: GatewayAccount, setup: str) -> None:
    try:
        _finish(row, account, setup, NOBODY)
    except (GatewayError, DeadlinePassed) as problem:
        raise DomainError(type(problem).__name__) from None


def _finish(row: PayIntention, account: GatewayAccount, setup_ref: str, agreed: Agreed = NOBODY) -> Back:
    gateway = gateway_for(account)
    setup = gateway.read_setup(setup_ref, deadline=Deadline.within(WEB_SECONDS))
    if setup.reference != row.handle or not _is_customers(setup, row.customer_id, account):
        log().error("setup.not_ours", intention=str(row.id))
        raise NotFound(_("That visit does not belong to this page."))
    if setup.failure:
        return _failed_check(row, setup)
    if setup.status != SetupStatus.COMPLETE or setup.method is None:
        return Back(row.back_to, row.handle, None, _("Nothing was added."))
    method = keep_method(row.customer_id, account, setup.method, setup, agreed)
    if method.state == MethodState.DETACHED:
        name = label(method.brand, method.last4)
        return Back(row.back_to, row.handle, None, _("%(method)s has been removed meanwhile.") % {"method": name})
    with unit_of_work():
        PayIntention.update(method=method.id).where(PayIntention.id == row.id).execute()
        tries.added(customer=row.customer_id, address=agreed.ip, visit=setup_ref)
    unchecked = method.state == MethodState.UNVERIFIED
    sentence = _("Added. Your bank account must be checked first.") if unchecked else _("Added.")
    return Back(row.back_to, row.handle, method.id, sentence, as_uuid(row.replaces or ""))


def _failed_check(row: PayIntention, setup: Setup) -> Back:
    waiting = PaymentMethod.get_or_none(
        (PaymentMethod.customer == row.customer_id) & (PaymentMethod.setup_ref == setup.id)
    )
    if waiting is not None:
        not_verified(waiting, str(setup.failure))
    sentence = _("This bank account could not be verified. Add it again, or use another way to pay.")
    return Back(row.back_to, row.handle, None, sentence)


def _is_customers(setup: Setup, customer: UUID, account: GatewayAccount) -> bool:
    return (
        GatewayCustomer.select()
        .where(
            (GatewayCustomer.customer == customer)
            & (GatewayCustomer.gateway_account == account)
            & (GatewayCustomer.gateway_ref == setup.customer)
        )
        .exists()
    )
