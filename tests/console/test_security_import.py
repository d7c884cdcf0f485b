"""Files that are sent to break the one who reads them: packed a thousandfold, endless rows, signs no store keeps."""

from __future__ import annotations

import gzip
from io import BytesIO

import pytest

from domain.imports import upload
from domain.imports.read import opened
from domain.imports.schedules import import_schedules
from domain.imports.upload import receive
from domain.imports.what import What
from kit.errors import DomainError
from models.console import ImportPart, ImportRun
from models.merchants import Role
from models.methods import BillingSchedule
from tests import factory
from tests.pages.console import signed_in
from tests.served import portal

HEAD = b"Order,E-Mail,Day,Amount\n"


@pytest.fixture
def house(sqlite_store, clock):
    return factory.merchant("harbor")


@pytest.fixture
def kim(house):
    return factory.staff(of=house, role=Role.MANAGER)


def _send(house, kim, content):
    receive(merchant=house.id, staff=kim.id, what=What.ORDERS, filename="orders.csv.gz", content=BytesIO(content))


@pytest.mark.parametrize("within", [{"_MOST_UNPACKED": 4_000_000}, {"_MOST_LINES": 300_000}])
def test_a_file_that_unpacks_to_a_thousandfold_is_refused_in_words_and_not_kept(monkeypatch, house, kim, within):
    """The bound itself is a gigabyte; a smaller one is as good a proof, and a faster one."""
    bomb = gzip.compress(HEAD + b"1,a@b.example,2026-01-01,1\n" * 200_000 + b"\n" * 200_000)
    assert len(bomb) < 60_000
    _send(house, kim, bomb)
    kept = ImportRun.select().count(), ImportPart.select().count()
    for name, most in within.items():
        monkeypatch.setattr(upload, name, most)
    with pytest.raises(DomainError, match="Unpacked, the file is larger than a gigabyte") as refused:
        _send(house, kim, bomb)
    assert refused.value.field == "file"
    assert (ImportRun.select().count(), ImportPart.select().count()) == kept


def test_a_row_over_endless_lines_is_refused_before_it_fills_the_memory(tmp_path):
    """Each line is short and each cell too, but the quoted line breaks make them one row."""
    path = tmp_path / "file.csv"
    path.write_bytes(HEAD + b"1,a@b.example,2026-01-01,1\n" + b'"a\n",' * 400_000)
    with opened(path) as file:
        rows = file.rows()
        assert next(rows) == (2, ["1", "a@b.example", "2026-01-01", "1"])
        with pytest.raises(DomainError, match="Line 3 is longer than a megabyte"):
            next(rows)


def test_a_first_line_of_endless_columns_is_refused(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(b"a," * 1001)
    with pytest.raises(DomainError, match="more than a thousand columns"), opened(path):
        pass


def test_a_nul_is_a_refused_row_and_not_a_worker_that_fails_for_ever(tmp_path, house):
    reference = str(factory.customer(house).reference)
    path = tmp_path / "file.csv"
    row = reference + ",R{n},{title},10.00,month,2027-01-01\n"
    path.write_text("customer_id,reference,title,amount,cadence,first_date\n"
                    + row.format(n=1, title="Club\x00") + row.format(n=2, title="Club"))  # fmt: skip
    done = import_schedules(path=path, merchant="harbor", to_file=False)
    assert done.refused == [(2, "holds a NUL character")] and done.made == 1
    assert [plan.reference for plan in BillingSchedule.select()] == ["R2"]


@pytest.mark.parametrize("name", ["../../etc/passwd", 'x"; filename="y.html', "<img src=x onerror=alert(1)>.csv"])
def test_a_name_of_a_file_is_only_shown(house, kim, name):
    client = signed_in(portal(), kim)
    run = receive(
        merchant=house.id, staff=kim.id, what=What.ORDERS, filename=name, content=BytesIO(HEAD + b"1,2,3,4\n")
    )
    shown = client.get(f"/merchant/harbor/data/imports/{run}/columns").text
    assert "<img src=x" not in shown
