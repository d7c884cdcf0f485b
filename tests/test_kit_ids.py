"""Identifiers: RFC 9562's shape, and the newest id sorts last, which *the newest by id* relies on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122

from kit.ids import uuid7


def test_ids_of_one_millisecond_sort_in_the_order_they_were_made(monkeypatch):
    monkeypatch.setattr("time.time_ns", lambda: 1_790_000_000_000_000_000)
    made = [uuid7() for _n in range(2000)]
    assert made == sorted(made) and len(set(made)) == 2000
    assert {(one.version, one.variant) for one in made} == {(7, RFC_4122)}


def test_a_clock_that_is_set_back_does_not_make_older_ids(monkeypatch):
    monkeypatch.setattr("time.time_ns", lambda: 1_900_000_000_000_000_000)
    before = uuid7()
    monkeypatch.setattr("time.time_ns", lambda: 1_800_000_000_000_000_000)
    assert uuid7() > before


def test_threads_never_make_the_same_id():
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _n: uuid7(), range(4000)))
    assert len(set(made)) == 4000
