"""The command line: what is printed, and the exit code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

import manage
from tests.imports.conftest import a_merchant, counts

pytestmark = pytest.mark.usefixtures("clock", "sqlite_store")


@pytest.fixture(autouse=True)
def _log() -> Iterator[None]:
    """A command sends the log to the stderr of its day, which pytest closes."""
    yield
    structlog.reset_defaults()


def _import(tmp_path: Path, text: str, *options: str) -> int:
    path = tmp_path / "purchases.csv"
    path.write_text(text)
    return manage.main(["import", str(path), "--merchant", "discs", *options])


def test_every_refused_row_is_printed_with_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_merchant()
    assert _import(tmp_path, "email,date,amount,note\na@x.org,2026-01-01,5,n\nb@x.org,2026-01-01,ten,n\n") == 0
    printed = capsys.readouterr().out
    assert "1 orders made (1 row)" in printed
    assert "Columns not used: note" in printed
    assert "1 row refused\n  line 3: “ten” is not an amount" in printed


def test_a_file_of_which_nothing_comes_in_is_a_failure(tmp_path: Path) -> None:
    a_merchant()
    assert _import(tmp_path, "email,date,amount\nb@x.org,2026-01-01,ten\n") == 1


def test_a_missing_column_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_merchant()
    assert _import(tmp_path, "mailbox,date,amount\na@x.org,2026-01-01,5\n") == 2
    told = capsys.readouterr().err
    assert "No column for customer_id or email. The columns are: mailbox, date, amount." in told
    assert _import(tmp_path, "mailbox,date,amount\na@x.org,2026-01-01,5\n", "--map", "mailbox=email") == 0


def test_a_dry_run_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_merchant()
    assert _import(tmp_path, "email,date,amount\na@x.org,2026-01-01,5\n", "--dry-run", "--unpaid-last", "1") == 0
    assert "nothing was written" in capsys.readouterr().out
    assert counts()["Order"] == 0


def test_a_map_without_an_equals_sign_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_merchant()
    assert _import(tmp_path, "email,date,amount\n", "--map", "amount") == 2
    assert "--map Total=amount" in capsys.readouterr().err
