"""Inviting the customers of an import, a few a unit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from domain.mail.letters import invite
from kit.config import settings
from models.base import unit_of_work
from models.customers import Access, Customer

_A_UNIT = 50
_MADE_UP = "@example.com"  # what an import gives customers without an address; it reaches nobody (RFC 2606)


def invite_customers(ids: Iterable[str | None], *, dry_run: bool, seen: Callable[[int], None]) -> int:
    """Invites whoever has neither an invitation nor an account yet; returns how many.

    None among `ids` is a customer that a dry run would make. Made-up addresses are mailed in demo and tests only.
    """
    waiting, invited, handled = iter(ids), 0, 0
    while some := list(islice(waiting, _A_UNIT)):
        known = [one for one in some if one is not None]
        if dry_run:
            invited += len(some) - len(known) + len(_uninvited(known))
        else:
            invited += _invite(known)
        handled += len(some)
        seen(handled)
    return invited


def _invite(ids: list[str]) -> int:
    with unit_of_work():
        found = _uninvited(ids)
        for customer in found:
            invite(customer)
    return len(found)


def _uninvited(ids: list[str]) -> list[Customer]:
    opened = Access.select(Access.customer).where(Access.revoked_at.is_null())
    found = Customer.select().where(
        Customer.id.in_(ids), Customer.email != "", Customer.invited_at.is_null(), Customer.id.not_in(opened)
    )
    if settings().mode == "live":
        found = found.where(~Customer.email.endswith(_MADE_UP))
    return list(found)
