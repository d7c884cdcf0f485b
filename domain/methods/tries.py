"""Adding a card over and over without success slows down (cases.md 28): that is how stolen numbers are tried out.

The number is typed on the processor's page, so what we count is visits that brought nothing, by customer and by
address. Five are free, then waits double from 30 seconds to an hour; what is added ends the count.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from domain.accounts.throttle import Tries, begin_try, neighbourhood, succeeded
from kit.clock import utc_now
from kit.crypto import digest
from kit.errors import DomainError
from kit.i18n import _, ngettext
from models.base import unit_of_work
from models.customers import Throttle


def check(*, customer: UUID, address: str) -> None:
    """Counts a visit to the processor's page. Raises DomainError, saying how long to wait; nothing was charged."""
    with unit_of_work():
        wait = begin_try(_tries(customer, address), utc_now())
    if wait:
        raise DomainError(
            _("Adding a card did not work several times in a row. Nothing was charged. Please try again in %(wait)s.")
            % {"wait": _in_words(wait)}
        )


def added(*, customer: UUID, address: str, visit: str) -> None:
    """Something was added: the customer's count ends, and the address gets this visit back, once.

    In the caller's unit of work. `address` is empty when the processor tells it before the person is back.
    """
    now, once = utc_now(), digest(f"add method visit {visit} from {bool(address)}")
    if Throttle.select().where(Throttle.key == once).exists():
        return
    Throttle.insert(key=once, count=0, since=now).on_conflict_ignore().execute()
    succeeded(_tries(customer, address))


def _tries(customer: UUID, address: str) -> Tries:
    place = f"address {neighbourhood(address)}" if address else f"customer {customer} without address"
    return Tries(digest(f"add method customer {customer}"), digest(f"add method {place}"))


def _in_words(wait: timedelta) -> str:
    seconds = int(wait.total_seconds()) + 1 if wait.microseconds else int(wait.total_seconds())
    if seconds < 120:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    minutes = -(-seconds // 60)
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
