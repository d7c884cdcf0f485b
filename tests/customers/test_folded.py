"""What the search compares: folded the same for both sides, and kept by everybody who writes a customer."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from domain.customers import contact
from domain.customers.folded import digits, folded, plain
from domain.customers.make import find_or_make, make_customer
from domain.imports.people import people_of
from domain.imports.plan import Person
from kit.clock import Stopped, utc_now
from models.base import unit_of_work
from models.customers import ChangeState, ContactChange, ContactKind, Customer
from tests import factory

ROOT = Path(__file__).parents[2]
UNDONE = ("domain/merchants/sample.py:__init__",)  # it never lasts: nobody can search for it
PARTS = {"name", "email", "phone", "reference"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Jose Muñoz", "JOSÉ MUNOZ"),
        ("Muller", "Müller"),
        ("strasse", "Straße"),
        ("Soren Lukasz", "Søren Łukasz"),
        ("أحمد", "احمد"),
        ("فاطمة", "فَاطِمَه"),
        ("李伟", "李伟"),
        ("Istanbul", "İstanbul"),
        ("١٢٣", "123"),
        ("a b", " a\u00a0\u200fb\n"),
    ],
)
def test_what_people_take_for_the_same_is_the_same(typed: str, kept: str) -> None:
    assert plain(typed) == plain(kept)


def test_what_is_typed_literally_stays() -> None:
    assert plain("100%_sure*") == "100%_sure*"
    assert digits("+1 (555) 010-0100") == "15550100100"
    assert folded(name="Ana Ruiz", email="a@x.org", phone="+34 1", reference="C-7") == " ana ruiz a@x.org 341 c-7"
    assert folded(name="Ana", reference=None) == " ana"
    assert len(folded(name="\ufdfa" * 160).encode()) < 2700, "what comes apart into many still fits the index"


def test_folding_the_folded_changes_nothing() -> None:
    for text in ("Ünal Œuvre", "ﷺ x", "ΑΣ", "ǅ", "ﬁ"):
        assert plain(plain(text)) == plain(text)


def test_the_migration_folds_alike(store: str) -> None:
    house = factory.merchant()
    rows = [("Zoë Łącka", "z@x.org", "+48 12 345", None), ("محمد ١", "", "", "R_1"), ("\ufdfa" * 160, "", "", "x")]
    with unit_of_work():
        ids = [
            Customer.create(merchant=house, name=n, email=e, phone=p, reference=r, created_at=utc_now()).id
            for n, e, p, r in rows
        ]
        import_module("models.migrations.0004_merchant_console")._fold_customers(Customer._meta.database)
    _all_are_kept(ids)


def _all_are_kept(ids: list[Any]) -> None:
    for row in Customer.select().where(Customer.id.in_(ids)):
        assert row.folded == folded(name=row.name, email=row.email, phone=row.phone, reference=row.reference)
        assert row.folded


def test_every_way_to_write_a_customer_keeps_it(sqlite_store: str, clock: Stopped) -> None:
    house = factory.merchant()
    with unit_of_work():
        one = make_customer(merchant=house.id, name="Zoë", email="Zoe@Example.org", phone="+1 207", reference="A")
        two, _new = find_or_make(merchant=house.id, name="Bo", email="bo@example.org")
        find_or_make(merchant=house.id, name="Bo", email="bo@example.org", reference="B")
        three, _new = find_or_make(merchant=house.id, name="Cy", email="cy@example.org")
        people = people_of(
            house.id, [Person("k", "K", "k@example.org", "Käthe"), Person("c", "C3", "cy@example.org", "Cy")]
        )
        people.write()
    account = factory.account(one)
    for what, wanted in ((ContactKind.NAME, "Ζωή"), (ContactKind.PHONE, "+1 555 0100")):
        with unit_of_work():
            change = ContactChange.create(
                customer=one.id, account=account, what=what, wanted=wanted, state=ChangeState.ASKED, made_at=utc_now()
            )
            contact.write(change)
    ids = [row.id for row in Customer.select()]
    assert len(ids) == 4
    _all_are_kept(ids)
    assert Customer.get_by_id(one.id).folded == " ζωη zoe@example.org 15550100 a"
    assert Customer.get_by_id(two.id).folded.endswith(" b") and Customer.get_by_id(three.id).folded.endswith(" c3")


def test_who_writes_a_part_keeps_the_whole() -> None:
    """A function that writes name, e-mail, phone or reference of a customer folds them in that function."""
    forgetful = []
    for folder in ("domain", "commands", "dashboard", "workers"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef) and _writes(node) and not _folds(node):
                    forgetful.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert [each for each in forgetful if each not in UNDONE] == []


def _writes(function: ast.FunctionDef) -> bool:
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if ast.unparse(node.func.value) == "Customer" and node.func.attr in (
            "create",
            "update",
            "insert",
            "insert_many",
        ):
            named = {word.arg for word in node.keywords}
            if node.args or None in named or named & PARTS:
                return True
    return False


def _folds(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Name) and node.id in ("folded", "refold") for node in ast.walk(function))
