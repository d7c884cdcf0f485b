"""Brakes that live in the store, so that a restart or an empty Redis does not loosen them. Keys are hashes.

Sign-in: five free tries, then waits that double from 30 seconds to an hour, per account and per address; nobody is ever
locked out (NIST SP 800-63B-4, ASVS 6.1.1). Mails on request: three an hour and ten a day to one address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from kit.crypto import digest
from models.base import locked, require_unit_of_work
from models.customers import Throttle

FREE_TRIES = 5
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
_FORGET = timedelta(hours=24)  # after a quiet day counting begins anew
_MAILS = ((3, timedelta(hours=1)), (10, timedelta(days=1)))
_SLOTS, _KEPT = _MAILS[-1]


@dataclass(frozen=True)
class Tries:
    """The counters of one sign-in: the account's (known or not) and the address's."""

    account: str
    address: str


def tries_of(*, realm: str, email: str, address: str) -> Tries:
    """The counters for an e-mail in a realm (a merchant's id, or `staff`) tried from an IP address."""
    return Tries(digest(f"sign-in account {realm} {email}"), digest(f"sign-in address {neighbourhood(address)}"))


def neighbourhood(address: str) -> str:
    """The address, or the /64 of an IPv6 one: a household has a whole /64 to choose from."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network(f"{parsed}/64", strict=False))


def wait_after(count: int) -> timedelta:
    """How long to wait after that many tries without success."""
    if count < FREE_TRIES:
        return timedelta(0)
    doublings = min(count - FREE_TRIES, 10)
    return min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)


def begin_try(tries: Tries, now: datetime) -> timedelta:
    """Counts one try before its password is looked at (so that parallel ones count too), in a unit of work.

    Returns how long to wait instead; zero means: go on. A try that must wait is not counted.
    """
    require_unit_of_work()
    rows = [_row(key, now) for key in sorted((tries.account, tries.address))]
    waits: list[timedelta] = [row.until - now for row in rows if row.until and row.until > now]
    if waits:
        return max(waits)
    for row in rows:
        row.count = row.count + 1 if now - row.since < _FORGET else 1
        wait = wait_after(row.count)
        row.since, row.until = now, (now + wait if wait else None)
        row.save()
    return timedelta(0)


def succeeded(tries: Tries) -> None:
    """Forgets the account's tries, and takes this one back from the address: a right password is no guess.

    The address's earlier failures stay, or a thief could wash them with an account of their own.
    """
    require_unit_of_work()
    Throttle.delete().where(Throttle.key == tries.account).execute()
    Throttle.update(count=Throttle.count - 1, until=None).where(
        Throttle.key == tries.address, Throttle.count > 0
    ).execute()


def _row(key: str, now: datetime) -> Throttle:
    Throttle.insert(key=key, count=0, since=now).on_conflict_ignore().execute()
    row: Throttle = locked(Throttle.select().where(Throttle.key == key)).get()
    return row


def may_mail(realm: str, email: str, now: datetime) -> bool:
    """Takes one of the address's mail slots, in a unit of work; False when the hour or the day has none left.

    Each slot is a row that remembers when it was last used, so the hour and the day truly slide.
    """
    require_unit_of_work()
    keys = [digest(f"mail {realm} {email} {n}") for n in range(_SLOTS)]
    rows = list(locked(Throttle.select().where(Throttle.key.in_(keys)).order_by(Throttle.key)))
    if any(sum(now - row.since < span for row in rows) >= most for most, span in _MAILS):
        return False
    used = {row.key for row in rows if now - row.since < _KEPT}
    key = next(key for key in keys if key not in used)
    Throttle.insert(key=key, count=1, since=now).on_conflict(
        conflict_target=[Throttle.key], update={Throttle.since: now}
    ).execute()
    return True
