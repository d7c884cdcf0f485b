"""Signing in at the level of the domain: waits, sameness, races."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from domain.accounts import confirm, links, passwords, reset, sessions, sign_up, throttle
from domain.accounts.addresses import normalise
from domain.accounts.new_password import change_password
from domain.accounts.sign_in import MustWait, WrongPassword, sign_in
from domain.accounts.sign_in_link import use_link
from domain.accounts.tidy import tidy
from domain.accounts.viewer import Audience
from domain.customers import new_email
from kit.errors import Conflict, DomainError, NotAllowed, NotFound
from kit.ids import uuid7
from models import base
from models.base import unit_of_work
from models.customers import Account, ContactChange, Customer, LinkPurpose, Session, Throttle
from models.work import Event, Mail
from tests.accounts import people

SECRET = "purple monkey dishes"
HOME, AWAY = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def shop(store, clock):
    return people.merchant()


@pytest.fixture
def ann(shop):
    return people.account(shop, "ann@example.com", password_hash=passwords.hash_of(SECRET))


def _try(shop, email="ann@example.com", password="wrong", address=HOME) -> type[Exception] | None:
    try:
        sign_in(merchant=shop.id, email=email, password=password, address=address)
    except DomainError as error:
        return type(error)
    return None


def _fail(shop, times, **kwargs):
    assert [_try(shop, **kwargs) for _n in range(times)] == [WrongPassword] * times


def test_case_9_five_free_tries_then_waits_that_double(ann, shop, clock):
    _fail(shop, 5)
    assert _try(shop, password=SECRET) is MustWait, "even the right one waits, so guessing learns nothing"
    waited = []
    for _round in range(9):
        step = timedelta(seconds=30) * (1 << _round)
        step = min(step, timedelta(hours=1))
        clock.advance(step - timedelta(seconds=1))
        assert _try(shop) is MustWait
        clock.advance(timedelta(seconds=1))
        assert _try(shop) is WrongPassword
        waited.append(step)
    assert waited[-1] == timedelta(hours=1)
    clock.advance(timedelta(hours=1))
    assert _try(shop, password=SECRET) is None, "nobody is locked out"
    _fail(shop, 1)


def test_case_9_the_words_are_the_same_for_unknown_accounts(ann, shop):
    def sentences(email, address):
        said = []
        for _n in range(6):
            with pytest.raises(DomainError) as error:
                sign_in(merchant=shop.id, email=email, password="wrong", address=address)
            said.append(error.value.sentence)
        return said

    assert sentences("ann@example.com", HOME) == sentences("nobody@example.com", AWAY)
    assert len(set(sentences("not an address", "192.0.2.1"))) == 2


def test_case_9_an_address_waits_too_and_its_whole_ipv6_network(ann, shop):
    for n in range(5):
        _fail(shop, 1, email=f"guess{n}@example.com", address=f"2001:db8:1:2::{n}")
    assert _try(shop, password=SECRET, address="2001:db8:1:2:ffff::1") is MustWait
    assert _try(shop, password=SECRET, address="2001:db8:1:3::1") is None


def test_another_account_s_success_does_not_wash_an_address(ann, shop):
    _fail(shop, 4, email="victim@example.com")
    assert _try(shop, password=SECRET) is None
    _fail(shop, 1, email="other@example.com")
    assert _try(shop, email="third@example.com") is MustWait


def test_counters_hold_no_address_and_forget_after_a_quiet_day(ann, shop, clock):
    _fail(shop, 4)
    rows = str(list(Throttle.select().dicts()))
    assert "ann" not in rows and HOME not in rows
    clock.advance(timedelta(hours=24))
    _fail(shop, 4)
    assert _try(shop, password=SECRET) is None


def test_neighbourhoods():
    assert throttle.neighbourhood("::ffff:203.0.113.7") == "203.0.113.7"
    assert throttle.neighbourhood("2001:db8::1") == throttle.neighbourhood("2001:db8::ffff")
    assert throttle.neighbourhood("nonsense") == "nonsense"


class _Work:
    """What a call cost: queries and argon2 runs."""

    def __init__(self, monkeypatch):
        self.done = []
        whole, verify, hashing = base.db.obj.execute_sql, PasswordHasher.verify, PasswordHasher.hash
        monkeypatch.setattr(base.db.obj, "execute_sql", lambda *a, **k: (self.done.append("sql"), whole(*a, **k))[1])
        monkeypatch.setattr(PasswordHasher, "verify", lambda *a: (self.done.append("argon2"), verify(*a))[1])
        monkeypatch.setattr(PasswordHasher, "hash", lambda *a, **k: (self.done.append("argon2"), hashing(*a, **k))[1])

    def of(self, act) -> list[str]:
        self.done.clear()
        try:
            act()
        except DomainError:
            pass
        return list(self.done)


def test_known_and_unknown_addresses_cost_the_same_work(ann, shop, monkeypatch):
    people.account(shop, "new@example.com")
    Account.update(confirmed_at=None, password_hash=None).where(Account.email == "new@example.com").execute()
    _try(shop, email="warm@example.com", address="192.0.2.50")
    work = _Work(monkeypatch)
    addresses = ("ann@example.com", "new@example.com", "nobody@example.com")

    def signing_in(email, n):
        return work.of(lambda: _try(shop, email=email, address=f"192.0.2.{n}"))

    tried = [signing_in(email, n) for n, email in enumerate(addresses)]
    assert tried[0].count("argon2") == 1 and tried[0] == tried[1] == tried[2]
    asked = [work.of(lambda e=email: reset.ask_reset(merchant=shop.id, email=e)) for email in addresses]
    assert asked[0] == asked[1] == asked[2] and "argon2" not in asked[0]
    made = [work.of(lambda e=email: sign_up.sign_up(merchant=shop.id, name="A", email=e)) for email in addresses]
    assert made[0] == made[1] == made[2]


def test_an_old_hash_is_made_anew_at_sign_in(ann, shop):
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(SECRET)
    Account.update(password_hash=weak).execute()
    assert _try(shop, password=SECRET) is None
    assert not passwords.outdated(Account.get().password_hash)
    assert _try(shop, password=SECRET) is None


def _together(acts):
    results, barrier = [], threading.Barrier(len(acts))

    def run(act):
        with base.connected():
            barrier.wait()
            try:
                results.append(act())
            except Exception as error:
                results.append(type(error))

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_parallel_guesses_are_all_counted(ann, shop):
    results = _together([lambda: _try(shop) for _n in range(12)])
    assert results.count(WrongPassword) == 5 and results.count(MustWait) == 7


def test_a_link_pressed_twice_at_once_works_once(ann, shop):
    account = Account.get_by_id(ann.id)
    with unit_of_work():
        token = links.issue(uuid7(), LinkPurpose.RESET, account=account)
    results = _together(
        [lambda n=n: reset.reset_password(merchant=shop.id, token=token, password=f"{SECRET} {n}") for n in range(2)]
    )
    assert sorted(map(str, results)) == sorted([str(None), str(links.LinkDead)])


def test_a_sign_in_link_pressed_twice_at_once_opens_one_session(ann, shop):
    with unit_of_work():
        token = links.issue(uuid7(), LinkPurpose.SIGN_IN, account=ann)
    results = _together([lambda: use_link(merchant=shop.id, token=token).customers for _n in range(4)])
    assert sorted(map(str, results)) == sorted(["1", *[str(links.LinkDead)] * 3]) and Session.select().count() == 1


def test_case_7_a_session_that_a_reset_has_ended_writes_no_password_over_it(ann, shop, clock):
    with unit_of_work():
        token = sessions.open_session(account=ann.id)
        link = links.issue(uuid7(), LinkPurpose.RESET, account=ann)
    thief = sessions.load(token, audience=Audience.CUSTOMER, now=clock.at)  # past the door, with the form sent
    reset.reset_password(merchant=shop.id, token=link, password="a lantern in the fog")
    with pytest.raises(NotAllowed):
        change_password(viewer=thief, password="another horse battery staple")
    assert _try(shop, password="a lantern in the fog") is None


def test_case_13_a_new_mailbox_and_a_new_password_at_the_same_moment_wait_for_each_other(ann, shop, clock, monkeypatch):
    monkeypatch.setattr(passwords, "hash_of", lambda _password: "x")  # else it takes so long that they never meet
    mine = Customer.get()
    for n in range(5):
        with unit_of_work():
            change = ContactChange.create(
                customer=mine, account=ann, what="email", wanted=f"ann{n}@new.example", state="proof", made_at=clock.at
            )
            link = links.issue(uuid7(), LinkPurpose.NEW_EMAIL, account=Account.get_by_id(ann.id), change=change.id)
            token = sessions.open_session(account=ann.id)
        me = sessions.load(token, audience=Audience.CUSTOMER, now=clock.at)
        results = _together(
            [
                lambda me=me, t=link: new_email.prove(account=ann.id, session=me.session_id, token=t).taken,
                lambda me=me, n=n: change_password(viewer=me, password=f"a lantern in the fog {n}"),
            ]
        )
        assert all(r in (None, False, links.LinkDead) for r in results), results


def test_case_7_no_session_outlives_a_change_of_the_password_at_the_same_moment(ann, shop, clock):
    for n in range(4):
        with unit_of_work():
            by_link = links.issue(uuid7(), LinkPurpose.SIGN_IN, account=Account.get_by_id(ann.id))
            by_reset = links.issue(uuid7(), LinkPurpose.RESET, account=Account.get_by_id(ann.id))
            token = sessions.open_session(account=ann.id)
        me = sessions.load(token, audience=Audience.CUSTOMER, now=clock.at)
        results = _together(
            [
                lambda t=by_link: use_link(merchant=shop.id, token=t).token,
                lambda t=by_reset, n=n: reset.reset_password(merchant=shop.id, token=t, password=f"{SECRET} {n}"),
                lambda me=me, n=n: change_password(viewer=me, password=f"a lantern in the fog {n}"),
            ]
        )
        # The link may have been used first, but never after; nothing waits for itself, and who changed it stays.
        fine = (None, links.LinkDead, NotAllowed)
        assert all(r in fine or isinstance(r, str) for r in results), results
        assert {row.id for row in Session.select().where(Session.revoked_at.is_null())} <= {me.session_id}


def test_confirming_counts_once_and_signs_in_once(shop):
    account = Account.create(merchant=shop, email="new@example.com", name="New", created_at=shop.created_at)
    with unit_of_work():
        token = links.issue(uuid7(), LinkPurpose.CONFIRM, account=account)
    results = _together(
        [lambda: confirm.confirm(merchant=shop.id, token=token, password=SECRET).customers for _n in range(2)]
    )
    assert sorted(map(str, results)) == sorted(["1", str(links.LinkDead)]) and Session.select().count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "ann", "ann@", "@x.com", "a b@x.com", "a@x", "<a@x.com>", "a@x..com", ".a@x.com", "a@-x.com", "ä@x.com"),
        *("a@x.com,b@x.com", "a@x.com\r\nBcc: b@x.com", "a@x.com\x00", "a" * 65 + "@x.com"),
    ],
)
def test_not_one_address(wrong):
    with pytest.raises(DomainError) as error:
        normalise(wrong)
    assert error.value.field == "email"


def test_one_way_of_writing_an_address():
    assert normalise(" Ann.Lee+Shop@Example.COM\t") == "ann.lee+shop@example.com"


def test_case_12_a_merchant_has_the_standard_mail_sent_and_the_trail_says_who(ann, shop):
    olga = people.staff("olga@example.com")
    reset.send_reset(merchant=shop.id, account=ann.id, staff=olga.id)
    mail, event = Mail.get(), Event.get(Event.kind == "account.reset_sent")
    assert (mail.template, mail.to_address) == ("reset", "ann@example.com")
    assert (event.actor, event.actor_id, event.subject_id) == ("staff", str(olga.id), str(ann.id))
    with pytest.raises(NotFound):
        reset.send_reset(merchant=people.merchant("other").id, account=ann.id, staff=olga.id)
    for _n in range(2):
        reset.send_reset(merchant=shop.id, account=ann.id, staff=olga.id)
    with pytest.raises(Conflict):
        reset.send_reset(merchant=shop.id, account=ann.id, staff=olga.id)


def test_tidying_takes_what_is_over_and_nothing_else(ann, shop, clock):
    _fail(shop, 5)
    people.session(account=ann)
    clock.advance(timedelta(hours=23))
    assert tidy(clock.at) == 0
    clock.advance(timedelta(hours=26))
    assert tidy(clock.at) == 2 and Session.select().count() == 1
    clock.advance(timedelta(days=90))
    assert tidy(clock.at) == 1 and tidy(clock.at) == 0 and Account.select().count() == 1
