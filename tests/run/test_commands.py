"""Commands of manage.py: what they do, and what they say when they cannot."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import manage
from domain.work.install import install_id
from kit import config
from kit.clock import Stopped
from models import base
from models.work import Tick


@pytest.fixture
def _new_store(settings: config.Settings) -> None:
    base.configure(settings.database_url)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        manage.main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert [command.name for command in manage.COMMANDS if command.name not in shown] == []


@pytest.mark.usefixtures("_new_store")
@pytest.mark.parametrize("command", [["work"], ["check-invariants"], ["import", "file.csv", "--merchant", "acme"]])
def test_a_store_that_is_behind_is_one_sentence(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert manage.main(command) == 2
    assert capsys.readouterr().err == "The store is not up to date. Run: python manage.py migrate\n"


def test_a_store_that_is_away_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    config.use(config.read({"SETTLE_MODE": "test", "DATA_DIR": str(tmp_path), "DATABASE_URL": url}))
    assert manage.main(["work"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("The store at DATABASE_URL does not answer")
    assert said.count("\n") == 1


@pytest.mark.usefixtures("_new_store")
def test_migrate_twice_is_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    assert manage.main(["migrate"]) == 0
    assert "applied 0001" in capsys.readouterr().out
    assert manage.main(["migrate"]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert len(install_id()) == 12


def test_work_does_what_is_due(sqlite_store: str, clock: Stopped, capsys: pytest.CaptureFixture[str]) -> None:
    tick = Tick.create(name="forget-done-work", due_at=clock() - timedelta(minutes=1))
    assert manage.main(["work"]) == 0
    assert " tick" in capsys.readouterr().out
    with base.connected():
        assert Tick.get_by_id(tick.id).done_at == clock()


def test_books_in_order(sqlite_store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert manage.main(["check-invariants"]) == 0
    assert capsys.readouterr().out == "All invariants hold.\n"
