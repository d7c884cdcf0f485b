"""Importing cards that are stored at the merchant's processor already: by its names for the customer and the card.

Each row is checked there before it is believed. A card comes without a consent: another system's permission to charge
it is not ours, so it waits for its customer to press, or to allow automatic payments. Bank accounts are not taken: a
debit needs its holder's agreement to our words (Nacha Operating Rules, 2.3.2), which only they can give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from peewee import IntegrityError

from domain.accounts.addresses import normalise
from domain.customers.find import find_customer
from domain.imports.mapping import places_of
from domain.imports.plan import Refusal
from domain.imports.read import opened
from domain.imports.rows import refuse_nul
from domain.imports.run import merchant_called
from domain.methods.keep import keep_method
from domain.payments.at_gateway import WORKER_SECONDS, active_account, gateway_for
from integrations.gateways.base import Gateway, GatewayRefused, GatewayUnreachable, MethodDetails, MethodKind
from kit.deadline import Deadline
from kit.errors import DomainError
from kit.i18n import _
from models.base import connected, unit_of_work
from models.customers import Customer, GatewayCustomer
from models.merchants import GatewayAccount, Merchant
from models.methods import PaymentMethod


class Column(StrEnum):
    """What a column can mean."""

    CUSTOMER = "customer_id"
    EMAIL = "email"
    GATEWAY_CUSTOMER = "gateway_customer"
    METHOD = "payment_method"


_KNOWN: dict[Column, str] = {
    Column.CUSTOMER: "customer_id customer_number customer_reference customer_no client_id",
    Column.EMAIL: "email e_mail email_address customer_email mail",
    Column.GATEWAY_CUSTOMER: "gateway_customer stripe_customer stripe_customer_id customer",
    Column.METHOD: "payment_method payment_method_id method card card_id default_payment_method",
}
COLUMN_OF = {header: column for column, headers in _KNOWN.items() for header in headers.split()}


@dataclass
class Done:
    """`rows` = `made` + `there` + the refused ones."""

    rows: int = 0
    made: int = 0
    there: int = 0
    refused: list[Refusal] = field(default_factory=list)


def import_methods(
    *,
    path: Path,
    merchant: str,
    columns: Mapping[str, str],
    dry_run: bool = False,
    seen: Callable[[int], None] = lambda _rows: None,
) -> Done:
    """Stores the cards of the CSV file at `path` for the merchant of this slug; a dry run asks the processor as well,
    and writes nothing. One that is stored here already is left as it is.

    Raises DomainError when the file as a whole cannot be taken, and when the processor cannot be reached.
    """
    with connected(), opened(path) as file:
        house = merchant_called(merchant)
        account = active_account(house.id)
        if account is None:
            raise DomainError(_("No processor account is connected. Connect one under Settings, Payments."))
        places = places_of(file.headers, columns, known=COLUMN_OF, fields=Column)
        done, gateway = Done(), gateway_for(account)
        for line, cells in file.rows():
            done.rows += 1
            row = {column: cells[place].strip() for column, place in places.items() if place < len(cells)}
            try:
                refuse_nul(cells)
                done.made += _bring_in(house, account, gateway, row, dry_run=dry_run)
            except DomainError as wrong:
                done.refused.append((line, wrong.sentence.rstrip(".")))
            seen(done.rows)
        done.there = done.rows - done.made - len(done.refused)
        return done


def _bring_in(
    house: Merchant, account: GatewayAccount, gateway: Gateway, row: dict[Column, str], *, dry_run: bool
) -> bool:
    """Stores the card of a row; False when it is there already. Raises DomainError with why it is refused."""
    customer = _customer(house, row)
    token = row.get(Column.METHOD, "")
    if not token:
        raise DomainError(_("the payment method is missing"))
    known = PaymentMethod.get_or_none(PaymentMethod.gateway_account == account, PaymentMethod.gateway_ref == token)
    if known is not None:
        if known.customer_id != customer.id:
            raise DomainError(_("this card is stored for another customer here"))
        return False
    details = _checked(gateway, token, row.get(Column.GATEWAY_CUSTOMER, ""))
    _check_owner(account, customer, str(details.customer))
    if not dry_run:
        _keep(account, customer, details)
    return True


def _customer(house: Merchant, row: dict[Column, str]) -> Customer:
    try:
        email = normalise(row.get(Column.EMAIL, "")) if row.get(Column.EMAIL) else ""
    except DomainError:
        raise DomainError(_("the e-mail address cannot be one")) from None
    found = find_customer(house.id, reference=row.get(Column.CUSTOMER) or None, email=email)
    if found is None:
        raise DomainError(_("no customer has this number or e-mail address; bring the customers in first"))
    return found


def _checked(gateway: Gateway, token: str, owner: str) -> MethodDetails:
    """What the processor says of the card. It must be a card, and of the customer that the row names there."""
    with _words_for_refusals():
        details = gateway.read_method(token, deadline=Deadline.within(WORKER_SECONDS))
    if details.kind is not MethodKind.CARD:
        raise DomainError(_("this is a bank account: its holder has to add it in the portal and agree to debits"))
    if details.customer is None or (owner and details.customer != owner):
        raise DomainError(_("at the processor this card belongs to another customer, or to none"))
    return details


@contextmanager
def _words_for_refusals() -> Iterator[None]:
    try:
        yield
    except GatewayRefused:
        raise DomainError(_("the processor does not know this payment method")) from None
    except GatewayUnreachable:
        raise Unreachable from None


class Unreachable(Exception):
    """The processor does not answer: the import is left where it is and goes on later."""


def _check_owner(account: GatewayAccount, customer: Customer, owner: str) -> None:
    named = GatewayCustomer.get_or_none(
        GatewayCustomer.gateway_account == account, GatewayCustomer.gateway_ref == owner
    )
    if named is not None and named.customer_id != customer.id:
        raise DomainError(_("the processor's customer is another customer here"))


def _keep(account: GatewayAccount, customer: Customer, details: MethodDetails) -> UUID:
    with unit_of_work():
        GatewayCustomer.insert(
            customer=customer, gateway_account=account, gateway_ref=str(details.customer)
        ).on_conflict_ignore().execute()
        _check_owner(account, customer, str(details.customer))  # again: another file may have been faster
    try:
        return keep_method(customer.id, account, details, None).id
    except IntegrityError:
        raise DomainError(_("this card is stored for another customer here")) from None
