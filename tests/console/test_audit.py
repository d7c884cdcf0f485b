"""Who did what, and when: every kind in words, narrowed, taken away, and never changed."""

from __future__ import annotations

import ast
import csv
import dataclasses
import io
import re
from datetime import timedelta

import pytest
from peewee import DatabaseError

from dashboard.pages.merchant.audit import told, wanted
from domain.accounts.see_as import begin
from domain.accounts.viewer import Role
from domain.demo import empty
from domain.desk.terms import Step
from domain.events import words
from domain.events.audit import PAGE, Wanted, all_of, page_of
from domain.events.record import Actor, record
from domain.merchants.facts import merchant_facts
from kit import config
from models.base import db, unit_of_work
from models.payments import PromiseState
from models.work import Event
from tests import factory
from tests.console.test_team import viewer_of, visitor
from tests.served import portal
from tests.test_house_rules import ROOT

AT = "/merchant/harbor/audit"
_KIND = re.compile(r"^[a-z_]+\.[a-z_]+$")
_LOGGED = {"debug", "info", "warning", "error", "exception", "critical"}
_NO_KIND = {"file.csv", "import.csv"}  # names of files that look like one


def _written():
    """Every kind that a file which records events names, but for what it only logs; and how built ones begin."""
    kinds, heads = set(), set()
    for path in [*(ROOT / "domain").rglob("*.py"), *(ROOT / "commands").rglob("*.py")]:
        tree = ast.parse(path.read_text())
        if not any(
            isinstance(node, ast.ImportFrom) and node.module == "domain.events.record" for node in ast.walk(tree)
        ):
            continue
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        logged = {id(arg) for call in calls if getattr(call.func, "attr", "") in _LOGGED for arg in call.args}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in logged:
                kinds |= {node.value} if _KIND.match(node.value) else set()
        for call in calls:
            if (
                call.args
                and isinstance(call.args[0], ast.JoinedStr)
                and isinstance(call.args[0].values[0], ast.Constant)
            ):
                heads |= (
                    {call.args[0].values[0].value} if re.match(r"^[a-z_]+\.$", call.args[0].values[0].value) else set()
                )
    return kinds - _NO_KIND, heads


def test_every_kind_of_event_has_words_and_stands_under_an_act():
    kinds, heads = _written()
    assert len(kinds) > 90 and "promise." in heads, "the source is read as it is written"
    missing = sorted(kinds - set(words.known()))
    assert not missing, f"say in domain/events/words.py what these are: {missing}"
    assert all(any(kind.startswith(head) for kind in words.known()) for head in heads)
    nouns = {noun for act in words.Act for noun in words.nouns_of(act)}
    assert {kind.partition(".")[0] for kind in words.known()} <= nouns


def test_built_kinds_are_named_for_each_of_their_states():
    known = words.known()
    assert {f"desk.{step}" for step in Step} <= set(known)
    assert {f"promise.{state}" for state in PromiseState if state is not PromiseState.OPEN} <= set(known)


_CHANGING = ("update", "delete", "save", "delete_instance")


def test_no_code_changes_or_deletes_an_event():
    touching = []
    for folder in ("domain", "dashboard", "commands", "workers", "models", "integrations"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Attribute) or node.attr not in (
                    "update",
                    "delete",
                    "save",
                    "delete_instance",
                ):
                    continue
                if getattr(node.value, "id", "") == "Event":
                    touching.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert touching == []


def test_the_store_itself_refuses_it_and_only_a_demo_is_emptied(store, clock):
    harbor = factory.merchant("harbor")
    with unit_of_work():
        record("merchant.made", merchant=harbor.id, actor=Actor.COMMAND)
    for change in (Event.update(kind="x.y"), Event.delete()):
        with pytest.raises(DatabaseError, match="written once"), db.atomic():
            change.execute()
    assert Event.select().count() == 1


@pytest.fixture
def harbor(sqlite_store, clock):
    return factory.merchant("harbor", name="Harbor Yoga")


@pytest.fixture
def told_story(harbor, clock):
    """Two people, a customer and the clock, over two days."""
    kim, lee = factory.staff(of=harbor), factory.staff(of=harbor, role=Role.MANAGER)
    ann = factory.customer(harbor, name="=HYPERLINK(1) Ann")
    with unit_of_work():
        record(
            "order.made",
            merchant=harbor.id,
            actor=Actor.STAFF,
            actor_id=kim.id,
            customer=ann.id,
            facts={"amount": 8900},
        )
        record("staff.role_changed", merchant=harbor.id, actor=Actor.STAFF, actor_id=kim.id, subject=lee.id,
               facts={"before": "viewer", "role": "manager"})  # fmt: skip
        record("staff.signed_in", merchant=None, actor=Actor.STAFF, actor_id=lee.id)
        record("recovery.opened", merchant=harbor.id, actor=Actor.CLOCK, customer=ann.id)
    clock.advance(timedelta(days=1))
    begin(viewer=viewer_of(lee), customer=ann.id)
    other = factory.merchant("summit")
    stranger = factory.staff(of=other)
    with unit_of_work():
        record("order.voided", merchant=other.id, actor=Actor.STAFF, actor_id=kim.id)
        record("staff.signed_in", merchant=None, actor=Actor.STAFF, actor_id=stranger.id)
    return kim, lee, ann


def _kinds(harbor, **asked):
    return [one.kind for one in page_of(harbor.id, Wanted(**asked), zone=harbor.zone).entries]


def test_the_newest_first_with_the_teams_sign_ins_and_nobody_elses(harbor, told_story):
    assert _kinds(harbor) == [
        "customer.look_began", "recovery.opened", "staff.signed_in", "staff.role_changed", "order.made",
    ]  # fmt: skip


def test_it_is_narrowed_by_person_act_customer_and_day(harbor, told_story, clock):
    kim, _lee, ann = told_story
    today = clock().date()
    assert _kinds(harbor, who=str(kim.id)) == ["staff.role_changed", "order.made"]
    assert _kinds(harbor, who="clock") == ["recovery.opened"]
    assert _kinds(harbor, act=words.Act.TEAM) == ["staff.signed_in", "staff.role_changed"]
    assert _kinds(harbor, customer=str(ann.id)) == _kinds(harbor, customer="ann")
    assert len(_kinds(harbor, customer="ann")) == 3 and _kinds(harbor, customer="nobody") == []
    assert _kinds(harbor, first=today) == ["customer.look_began"]
    assert len(_kinds(harbor, last=today - timedelta(days=1))) == 4


def test_words_name_people_roles_and_amounts(harbor, told_story):
    kim, lee, _ann = told_story
    house = merchant_facts("harbor")
    by_kind = {one.kind: told(one, house) for one in page_of(harbor.id, Wanted(), zone=harbor.zone).entries}
    changed = by_kind["staff.role_changed"]
    assert (changed.who, changed.what) == (kim.name, "Somebody’s role was changed")
    assert lee.name in changed.detail and "viewer → manager" in changed.detail
    assert "$89.00" in by_kind["order.made"].detail and by_kind["recovery.opened"].who == "Settle, by the clock"


def test_pages_and_the_export_hold_the_same_rows_without_a_formula(harbor, told_story, clock):
    kim, _lee, ann = told_story
    with unit_of_work():
        for _n in range(PAGE * 2):
            record("note.added", merchant=harbor.id, actor=Actor.STAFF, actor_id=kim.id, customer=ann.id)
    pages = [page_of(harbor.id, Wanted(), zone=harbor.zone, number=n) for n in (1, 2, 3)]
    assert [(len(page.entries), page.more) for page in pages] == [(PAGE, True), (PAGE, True), (5, False)]
    ids = [one.id for page in pages for one in page.entries]
    assert len(set(ids)) == len(ids) == PAGE * 2 + 5
    assert [one.id for one in all_of(harbor.id, Wanted(), zone=harbor.zone)] == ids
    answer = visitor(portal(), kim).get(f"{AT}.csv?act=customers")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert len(rows) == 1 + PAGE * 2 + 1 and rows[1][3] == "'=HYPERLINK(1) Ann"


def test_what_makes_no_sense_in_the_address_is_left_out():
    assert wanted({"who": "x'", "act": "nothing", "from": "2026-13-01", "to": "0001-01-01"}) == Wanted()


def test_a_demo_is_emptied_and_kept_again(harbor):
    with unit_of_work():
        record("merchant.made", merchant=harbor.id, actor=Actor.COMMAND)
    config.use(dataclasses.replace(config.settings(), mode="demo"))
    empty.store()
    assert Event.select().count() == 0
    with unit_of_work():
        record("merchant.made", merchant=None, actor=Actor.COMMAND)
    with pytest.raises(DatabaseError, match="written once"):
        Event.delete().execute()
