"""Sessions: who a cookie is, and when it stops being anybody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.accounts import sessions
from domain.accounts.viewer import Audience, Role
from kit import clock as kit_clock
from kit.errors import NotFound
from models.base import unit_of_work
from models.customers import Access, Session
from models.merchants import Membership
from tests.accounts import people

CUSTOMER, STAFF, OPERATOR = Audience.CUSTOMER, Audience.STAFF, Audience.OPERATOR


def _load(token: str, clock: kit_clock.Stopped, audience: Audience = CUSTOMER, slug: str | None = None):
    return sessions.load(token, audience=audience, now=clock.at, slug=slug)


@pytest.fixture
def ann(store, clock):
    shop = people.merchant("harbor")
    return people.account(shop, "ann@example.com", customers=2)


def test_a_session_says_who_it_is_and_only_at_its_own_door(ann, clock):
    token = people.session(account=ann)
    viewer = _load(token, clock, slug="harbor")
    assert (viewer.email, viewer.account_id, viewer.merchant.slug) == ("ann@example.com", ann.id, "harbor")
    assert viewer.customer_id == Access.select().order_by(Access.granted_at, Access.customer).first().customer_id
    assert _load(token, clock, slug="other") is None
    assert _load(token, clock, STAFF) is None and _load(token, clock, OPERATOR) is None
    assert _load("", clock) is None and _load("x" * 43, clock) is None
    assert token not in str(list(Session.select().dicts())), "only the hash is stored"


def test_idle_and_absolute_limits(ann, clock):
    token = people.session(account=ann)
    clock.advance(timedelta(minutes=59))
    assert _load(token, clock), "59 minutes idle is fine, and it counts as seen"
    clock.advance(timedelta(minutes=59))
    assert _load(token, clock)
    clock.advance(timedelta(minutes=61))
    assert _load(token, clock) is None
    second = people.session(account=ann)
    for _half_hour in range(24):
        clock.advance(timedelta(minutes=29))
        assert _load(second, clock)
    clock.advance(timedelta(minutes=25))
    assert _load(second, clock) is None, "twelve hours are the end, however busy"


def test_a_page_view_touches_the_row_at_most_once_a_minute(ann, clock):
    token = people.session(account=ann)
    before = Session.get().seen_at
    clock.advance(timedelta(seconds=59))
    assert _load(token, clock) and Session.get().seen_at == before
    clock.advance(timedelta(seconds=1))
    assert _load(token, clock) and Session.get().seen_at == clock.at


def test_closing_and_revoking(ann, clock):
    kept, other = people.session(account=ann), people.session(account=ann)
    keep = _load(kept, clock).session_id
    with unit_of_work():
        assert sessions.revoke_all(account=ann.id, keep=keep) == 1
    assert _load(kept, clock) and _load(other, clock) is None
    sessions.close(kept)
    assert _load(kept, clock) is None


def test_access_taken_away_ends_what_was_open(ann, clock):
    token = people.session(account=ann)
    customer = _load(token, clock).customer_id
    Access.update(revoked_at=clock.at).where(Access.customer == customer).execute()
    assert _load(token, clock) is None


def test_choosing_among_ones_own_records_only(ann, clock):
    stranger = people.account(people.merchant("other"), "bob@example.com", customers=1)
    foreign = Access.get(Access.account == stranger).customer_id
    token = people.session(account=ann)
    second = Access.select().where(Access.account == ann).order_by(Access.granted_at, Access.customer)[1].customer_id
    sessions.choose_customer(viewer=_load(token, clock), customer=second)
    assert _load(token, clock).customer_id == second
    with pytest.raises(NotFound):
        sessions.choose_customer(viewer=_load(token, clock), customer=foreign)
    assert _load(token, clock).customer_id == second


def test_staff_and_operators(store, clock):
    shop = people.merchant("harbor")
    olga, pat = people.staff("olga@example.com"), people.staff("pat@example.com", operator=True)
    Membership.create(staff=olga, merchant=shop, role=Role.MANAGER, created_at=clock.at)
    olgas, pats = people.session(staff=olga), people.session(staff=pat)
    at_desk = _load(olgas, clock, STAFF, "harbor")
    assert (at_desk.role, at_desk.merchant.slug, at_desk.audience) == (Role.MANAGER, "harbor", STAFF)
    assert _load(olgas, clock, STAFF).merchant is None
    assert _load(olgas, clock, STAFF, "elsewhere") is None and _load(olgas, clock, OPERATOR) is None
    assert _load(pats, clock, OPERATOR).audience is OPERATOR and _load(pats, clock, STAFF, "harbor") is None
    assert _load(pats, clock) is None, "a staff token is nobody at a customer's door"
    clock.advance(timedelta(minutes=31))
    assert _load(olgas, clock, STAFF) is None
