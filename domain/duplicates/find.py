"""Finding pairs that may be one person: each night for every merchant, and when somebody asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import combinations
from typing import Any
from uuid import UUID

from domain.customers.folded import digits, plain
from domain.duplicates.evidence import Evidence, Person, evidence, keys
from kit.clock import utc_now
from models.base import connected, unit_of_work
from models.console import DuplicatePair, NotDuplicate
from models.customers import Address, Customer
from models.merchants import Merchant
from models.methods import MethodState, PaymentMethod

_HEAP = 12  # more than so many who share a sign are no duplicates: a company's phone, a common name
_AT_ONCE = 200
_PHONE_DIGITS = 9  # without the country code, however it was written
_SHORTEST_PHONE = 7


def find_for_all() -> int:
    """Looks through every merchant's customers; returns how many pairs stand. For the night."""
    with connected():
        merchants = [row.id for row in Merchant.select(Merchant.id)]
    return sum(find(merchant) for merchant in merchants)


def find(merchant: UUID) -> int:
    """Compares a merchant's customers and keeps the pairs that something speaks for. Returns how many."""
    now = utc_now()
    with connected():
        people = list(_people(merchant))
        settled = {(row.one_id, row.other_id) for row in NotDuplicate.select().where(NotDuplicate.merchant == merchant)}
    found = {pair: seen for pair, seen in _pairs(people) if pair not in settled}
    rows = list(found.items())
    for at in range(0, len(rows), _AT_ONCE):
        _keep(merchant, rows[at : at + _AT_ONCE], now)
    with unit_of_work():
        DuplicatePair.delete().where(DuplicatePair.merchant == merchant, DuplicatePair.found_at < now).execute()
    return len(rows)


def _pairs(people: Iterable[Person]) -> Iterator[tuple[tuple[UUID, UUID], Evidence]]:
    heaps: dict[str, list[Person]] = {}
    for person in people:
        for key in keys(person):
            heaps.setdefault(key, []).append(person)
    seen: set[tuple[UUID, UUID]] = set()
    for heap in heaps.values():
        if not 1 < len(heap) <= _HEAP:
            continue
        for one, other in combinations(sorted(heap, key=lambda person: person.id), 2):
            pair = (one.id, other.id)
            if pair not in seen:
                seen.add(pair)
                if said := evidence(one, other):
                    yield pair, said


def _people(merchant: UUID) -> Iterator[Person]:
    addresses = _addresses(merchant)
    cards = _cards(merchant)
    mine: Any = Customer.select(Customer.id, Customer.name, Customer.email, Customer.phone).where(
        Customer.merchant == merchant, Customer.merged_into.is_null()
    )
    for customer, name, email, phone in mine.tuples().iterator():
        dialled = digits(phone)[-_PHONE_DIGITS:]
        yield Person(
            id=customer,
            name=plain(name),
            email=plain(email),
            phone=dialled if len(dialled) >= _SHORTEST_PHONE else "",
            addresses=frozenset(addresses.get(customer, ())),
            cards=frozenset(cards.get(customer, ())),
        )


def _addresses(merchant: UUID) -> dict[UUID, set[str]]:
    query: Any = (
        Address.select(Address.customer, Address.street, Address.postcode, Address.city, Address.country)
        .join(Customer)
        .where(Customer.merchant == merchant, Address.street != "")
        .tuples()
    )
    found: dict[UUID, set[str]] = {}
    for customer, street, postcode, city, country in query.iterator():
        found.setdefault(customer, set()).add(plain(f"{street} {postcode or city} {country}"))
    return found


def _cards(merchant: UUID) -> dict[UUID, set[str]]:
    query: Any = (
        PaymentMethod.select(PaymentMethod.customer, PaymentMethod.fingerprint)
        .join(Customer)
        .where(Customer.merchant == merchant, PaymentMethod.state != MethodState.DETACHED)
        .tuples()
    )
    found: dict[UUID, set[str]] = {}
    for customer, fingerprint in query.iterator():
        found.setdefault(customer, set()).add(fingerprint)
    return found


def _keep(merchant: UUID, pairs: list[tuple[tuple[UUID, UUID], Evidence]], now: datetime) -> None:
    with unit_of_work():
        for (one, other), said in pairs:
            DuplicatePair.insert(
                merchant=merchant,
                one=one,
                other=other,
                score=said.score,
                evidence=json.dumps([*said.signs, *(["household"] if said.household else [])]),
                found_at=now,
            ).on_conflict(
                conflict_target=[DuplicatePair.one, DuplicatePair.other],
                preserve=[DuplicatePair.score, DuplicatePair.evidence, DuplicatePair.found_at],
            ).execute()
