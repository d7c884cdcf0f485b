"""Where a process may die or be overtaken: around every write, every commit and every request to the processor.

Nothing here knows a use case: what is written tomorrow is watched as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pytest import MonkeyPatch

from models import base

Watch = Callable[[str], None]

INSIDE = "inside"  # so begins what lies in a transaction
COMMIT = "inside, before the commit"

_WRITE = re.compile(r'(INSERT|UPDATE|DELETE)\b(?: OR \w+)?(?: INTO| FROM)? "(\w+)"')
_ID = re.compile(r"/(?:pi|pm|re|ch|cus|du|cs|seti)_\w+")


class Killed(BaseException):
    """The process is gone: nothing after this line happens."""


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Inside, `watch` is told of every boundary of the store by name; whatever it raises happens there.

    What begins with "inside" lies in a transaction: a process may die there, and nobody else is let in.
    """
    with MonkeyPatch.context() as patch:
        patch.setattr(base, "_begin", _transaction(base._begin, watch))
        for kind in (base._Sqlite, base._Postgres):
            patch.setattr(kind, "execute_sql", _statement(kind.execute_sql, watch))
        yield


def _transaction(real: Callable[[], Any], watch: Watch) -> Callable[[], Any]:
    @contextmanager
    def begin() -> Iterator[None]:
        _outside(watch, "before a transaction")
        with real():
            yield
            watch(COMMIT)
        _outside(watch, "after the commit")  # and before the hints

    return begin


def _outside(watch: Watch, name: str) -> None:
    """The unit of work is entered or left, the transaction is not open: others may have units of work of their own."""
    kept = base._local.after, base._local.gathered
    base._local.after = base._local.gathered = None
    try:
        watch(name)
    finally:
        base._local.after, base._local.gathered = kept


def _statement(real: Callable[..., Any], watch: Watch) -> Callable[..., Any]:
    def execute_sql(db: Any, sql: str, params: Any = None) -> Any:
        write = _WRITE.match(sql)
        if write is None:
            return real(db, sql, params)
        name = f"{write[1]} {write[2]}".lower()
        if base.in_unit_of_work():
            done = real(db, sql, params)
            watch(f"{INSIDE}, after {name}")
            return done
        watch(f"before {name}")
        done = real(db, sql, params)
        watch(f"after {name}")
        return done

    return execute_sql


def request_name(method: str, url: str) -> str:
    """A request without its ids, as a boundary is called."""
    path = url.partition("/v1/")[2].partition("?")[0]
    return f"{method.upper()} {_ID.sub('/…', '/' + path)}"
