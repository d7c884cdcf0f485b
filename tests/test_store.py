"""The store keeps moments aware, one unit of work at a time, and wakes others only after the commit."""

from datetime import UTC, datetime

import pytest

from models import base, schema
from models.base import after_commit, unit_of_work
from models.work import Fact, Tick


def test_the_store_is_at_head(store: str) -> None:
    assert schema.pending() == []


def test_models_and_migrations_agree(store: str) -> None:
    from playhouse.schema_diff import diff_models

    assert str(diff_models(base.db.obj, schema.tables())) == ""


def test_a_moment_comes_back_aware_and_naive_is_refused(store: str) -> None:
    at = datetime(2026, 3, 29, 1, 30, 0, 5, tzinfo=UTC)
    with unit_of_work():
        Tick.create(name="x", due_at=at)
    assert Tick.get().due_at == at
    with pytest.raises(ValueError, match="naive"):
        Tick.create(name="y", due_at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_what_is_rolled_back_wakes_nobody(store: str) -> None:
    woken: list[str] = []
    with pytest.raises(RuntimeError), unit_of_work():
        Fact.create(key="k", value="v")
        after_commit(lambda: woken.append("no"))
        raise RuntimeError
    assert (woken, Fact.select().count()) == ([], 0)
    with unit_of_work():
        after_commit(lambda: woken.append("yes"))
        assert woken == []
    assert woken == ["yes"]


def test_units_of_work_do_not_nest(store: str) -> None:
    with unit_of_work(), pytest.raises(RuntimeError, match="nest"), unit_of_work():
        pass
