"""The drill: a copy made in use, a store out of it, and no customer charged twice for what the copy does not know."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from domain.accounts import sessions
from domain.ledger import invariants
from domain.operations.restored import settle_in
from domain.reconciliation.differences import Kind
from domain.work.drain import drain
from kit.clock import utc_now
from kit.errors import ConfigError
from models import backup, base
from models.customers import Session
from models.operations import Stop
from models.orders import Order
from models.payments import Attempt
from tests import factory, postgres
from tests.payments.conftest import Shop


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own, from wherever its server is."""
    found = postgres._binaries()
    if found is not None:
        monkeypatch.setenv("PATH", str(found), prepend=":")


@pytest.fixture
def elsewhere(store: str, tmp_path: Path) -> Iterator[str]:
    """An empty store of the same kind. Afterwards this process is back at the first one."""
    if store.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/new/settle.db"
    else:
        server = f"{store.rsplit('/', 1)[0]}/"
        yield postgres.create(server, f"{urlsplit(store).path[1:]}_new")
    _turn_to(store)


def _turn_to(url: str) -> None:
    if not base.db.is_closed():
        base.db.close()
    base.configure(url)
    base.db.connect()


def _collected(shop: Shop, total: int, *, hours: int = 0) -> Order:
    method = shop.method()
    order = factory.automatic(shop.customer, method, factory.consented(shop.customer, method), total=total)
    Order.update(collect_at=utc_now() + timedelta(hours=hours)).where(Order.id == order.id).execute()
    return order


def test_what_was_taken_after_the_backup_is_not_taken_again(
    shop: Shop, store: str, elsewhere: str, tmp_path: Path
) -> None:
    known, later = _collected(shop, 8900), _collected(shop, 4200, hours=1)
    drain()
    with base.unit_of_work():
        sessions.open_session(account=shop.buyer.account)
    made = backup.save(store, tmp_path / "kept", utc_now())
    shop.pass_time(hours=2)
    drain()
    assert shop.charged() == 13100

    base.db.close()
    base.configure(elsewhere)
    backup.restore(made, elsewhere)
    _turn_to(elsewhere)
    assert Attempt.select().count() == 1, "the copy is of the hour before"
    found = settle_in(taken_at=backup.taken_at(made))
    assert [(one.kind, str(one.amount)) for one in found.differences] == [(Kind.CAPTURED_NOT_BOOKED, "$42.00")]
    assert Session.select().where(Session.revoked_at.is_null()).count() == 0
    drain()
    shop.pass_time(days=2)
    drain()
    assert shop.charged() == 13100, "automatic charges are stopped until a person has compared"
    assert (Order.get_by_id(known.id).paid, Order.get_by_id(later.id).paid) == (8900, 0)
    assert invariants.check() == []

    settle_in(taken_at=backup.taken_at(made))
    assert Stop.select().where(Stop.lifted_at.is_null()).count() == 1
    with pytest.raises(ConfigError, match="nothing is written over"):
        backup.restore(made, elsewhere)


def test_a_copy_is_made_while_others_write_and_only_whole_ones_count(shop: Shop, store: str, tmp_path: Path) -> None:
    shop.order()
    folder = tmp_path / "kept"
    names = [backup.save(store, folder, utc_now() + timedelta(days=day)).name for day in range(3)]
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}
    assert [gone.name for gone in backup.forget_old(folder, keep=2)] == names[:1]
    last = folder / names[-1]
    last.write_bytes(last.read_bytes()[:5000])
    with pytest.raises(ConfigError):
        backup.check(last)
    with pytest.raises(ConfigError, match="does not say when"):
        backup.taken_at(folder / "copy.db")


def test_a_password_is_on_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tmp_path / "seen"
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" > {seen}; echo "$PGPASSWORD" >> {seen}; echo no >&2; exit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    with pytest.raises(ConfigError, match="pg_dump did not succeed: no"):
        backup.save("postgresql://me:secret-word@127.0.0.1:1/settle", tmp_path / "kept", utc_now())
    words, password = seen.read_text().splitlines()
    assert (password, "secret-word" in words) == ("secret-word", False)
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_copy_is_private_from_its_first_byte(
    store: str, elsewhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copying, modes = backup._copy, []

    def looked_at(url: str, part: Path) -> None:
        modes.append(part.stat().st_mode & 0o777)
        copying(url, part)
        modes.append(part.stat().st_mode & 0o777)

    monkeypatch.setattr(backup, "_copy", looked_at)
    copied = shutil.copyfile
    monkeypatch.setattr(
        shutil, "copyfile", lambda file, part: (modes.append(part.stat().st_mode & 0o777), copied(file, part))
    )
    made = backup.save(store, tmp_path / "shared", utc_now())
    base.db.close()
    base.configure(elsewhere)
    backup.restore(made, elsewhere)
    assert set(modes) == {0o600} and made.stat().st_mode & 0o777 == 0o600
    if elsewhere.startswith("sqlite"):
        assert Path(elsewhere.removeprefix("sqlite:///")).stat().st_mode & 0o777 == 0o600


def test_only_backups_are_forgotten(tmp_path: Path) -> None:
    names = ("settle-20261101T000000Z.db", "settle-20261102T000000Z.db", "settle-live.db", "settle-20261101.dump")
    for name in names:
        (tmp_path / name).touch()
    assert [gone.name for gone in backup.forget_old(tmp_path, keep=1)] == [names[0]]
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(names[1:])
