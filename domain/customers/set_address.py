"""A customer's postal addresses: one of each kind, written by the people who may act for the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from domain.customers.addresses import check
from domain.customers.reached import reached_customer
from domain.events.record import Actor, record
from models.base import unit_of_work
from models.customers import Address, AddressKind


def set_address(*, account: UUID, customer: UUID, kind: AddressKind, typed: Mapping[str, str]) -> None:
    """Writes the address of a kind, new or in place of the old one: two at the same moment leave one row.

    Raises AddressWrong with a sentence for each field that its country would not take, NotFound for a record that the
    account may not act for.
    """
    values = check(typed)
    with unit_of_work():
        owner = reached_customer(account, customer)
        mine: Any = (Address.customer == owner) & (Address.kind == kind)
        if Address.select().where(mine, *(getattr(Address, name) == value for name, value in values.items())).exists():
            return
        Address.insert(customer=owner, kind=kind, **values).on_conflict(
            conflict_target=[Address.customer, Address.kind],
            update={getattr(Address, name): value for name, value in values.items()},
        ).execute()
        _event("customer.address_changed", owner.merchant_id, account, customer, kind)


def remove_shipping(*, account: UUID, customer: UUID) -> None:
    """From now on things are sent to the billing address. Nothing happens when they are already.

    Raises NotFound for a record that the account may not act for.
    """
    with unit_of_work():
        owner = reached_customer(account, customer)
        gone = Address.delete().where(Address.customer == owner, Address.kind == AddressKind.SHIPPING).execute()
        if gone:
            _event("customer.address_removed", owner.merchant_id, account, customer, AddressKind.SHIPPING)


def _event(kind: str, merchant: UUID, account: UUID, customer: UUID, which: AddressKind) -> None:
    record(
        kind, merchant=merchant, actor=Actor.CUSTOMER, actor_id=account, customer=customer, facts={"kind": str(which)}
    )
