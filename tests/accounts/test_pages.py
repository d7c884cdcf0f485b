"""The sign-in family as a person meets it, in a browser without scripts."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from domain.accounts import access, passwords, sessions
from domain.accounts.viewer import Audience, Role
from models.base import unit_of_work
from models.customers import Access, AccessSource, Account, Customer, Session
from models.merchants import Membership
from models.work import Event, Mail
from tests.accounts import people

SECRET = "purple monkey dishes"
OTHER = "seven quiet lighthouses"


@pytest.fixture
def shop(server):
    return people.merchant()


@pytest.fixture
def ann(shop):
    return people.account(shop, "ann@example.com", password_hash=passwords.hash_of(SECRET))


def _text(response) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))))


def _comparable(response) -> str:
    body = re.sub(r'value="[^"]{60,}"|name="back" value="[^"]*"', "", response.get_data(as_text=True))
    return f"{response.status} {response.request.path} {body}"


def _kinds() -> list[str]:
    return [row.kind for row in Event.select().order_by(Event.id)]


def test_sign_up_by_mail_to_the_account_home(shop, visit, mailbox, clock):
    known = people.customer(shop, "ann@example.com")
    ann = visit()
    sent = ann.submit("/p/harbor/create-account", name=" Ann  Lee ", email=" Ann@Example.com ")
    assert sent.request.path == "/p/harbor/check-your-mail" and "Check your mail" in _text(sent)
    landed = visit_link(ann, mailbox, "confirm", SECRET)
    assert landed.request.path == "/p/harbor" and landed.status_code == 200
    account = Account.get()
    assert (account.email, account.name, account.confirmed_at) == ("ann@example.com", "Ann Lee", clock.at)
    assert [(row.customer_id, row.source) for row in Access.select()] == [(known.id, AccessSource.MAILBOX_MATCH)]
    assert {"account.confirmed", "account.signed_in"} <= set(_kinds())
    assert ann.see("/p/harbor").status_code == 200, "and stays signed in"


def visit_link(person, mailbox, kind, password, to=""):
    return person.submit(mailbox.link(kind, to), password=password)


def test_without_a_matching_record_one_is_made(shop, visit, mailbox):
    new = visit()
    new.submit("/p/harbor/create-account", name="Ben", email="ben@example.com")
    assert visit_link(new, mailbox, "confirm", SECRET).request.path == "/p/harbor"
    made = Customer.get()
    assert (made.name, made.email, Access.get().source) == ("Ben", "ben@example.com", AccessSource.SELF)


def test_case_1_signing_up_with_a_known_address_looks_the_same_and_mails_a_reset(ann, visit, mailbox):
    fresh = visit().submit("/p/harbor/create-account", name="Zoe", email="zoe@example.com")
    known = visit().submit("/p/harbor/create-account", name="Zoe", email="ann@example.com")
    assert _comparable(fresh) == _comparable(known)
    assert "Reset your password" in mailbox.all("ann@example.com")[0].subject
    assert "Confirm your e-mail" in mailbox.all("zoe@example.com")[0].subject
    assert Account.select().where(Account.email == "ann@example.com").count() == 1
    assert Account.get_by_id(ann.id).name == "Ann Lee"


def test_case_1_an_unconfirmed_address_gets_the_confirmation_again(shop, visit, mailbox):
    for _n in range(2):
        visit().submit("/p/harbor/create-account", name="Zoe", email="zoe@example.com")
    assert [mail.subject for mail in mailbox.all()] == ["Confirm your e-mail address for Harbor Yoga"] * 2


def test_case_2_a_reset_for_an_unknown_address_looks_the_same(ann, visit, mailbox):
    known = visit().submit("/p/harbor/forgot", email="ann@example.com")
    unknown = visit().submit("/p/harbor/forgot", email="nobody@example.com")
    assert _comparable(known) == _comparable(unknown)
    assert "No account" in mailbox.all("nobody@example.com")[0].subject
    assert "/p/harbor/create-account" in mailbox.all("nobody@example.com")[0].text


def test_case_4_opening_a_link_consumes_nothing(shop, visit, mailbox, clock):
    visit().submit("/p/harbor/create-account", name="Zoe", email="zoe@example.com")
    path = mailbox.link("confirm")
    for _n in range(3):
        assert visit().get(path).status_code == 200
        assert visit().client.head(path).status_code == 200
    assert Account.get().confirmed_at is None
    page = visit().get(path)
    assert page.headers["Referrer-Policy"] == "no-referrer" and page.headers["Cache-Control"] == "no-store"
    assert "Confirm and set password" in _text(page)
    assert visit().submit(path, password=SECRET).request.path == "/p/harbor"
    again = visit().get(path)
    assert again.status_code == 410 and "no longer works" in _text(again)


def test_case_5_an_expired_link_offers_a_fresh_one_to_any_address(ann, visit, mailbox, clock):
    visit().submit("/p/harbor/forgot", email="ann@example.com")
    path = mailbox.link("reset")
    clock.advance(timedelta(minutes=31))
    dead, forged = visit().get(path), visit().get("/p/harbor/reset/forged")
    assert dead.status_code == forged.status_code == 410
    assert _comparable(dead).replace(path, "") == _comparable(forged).replace("/p/harbor/reset/forged", "")
    assert visit().submit(path, to="/p/harbor/forgot", email="ann@example.com").status_code == 200
    assert visit_link(visit(), mailbox, "reset", OTHER).request.path == "/p/harbor/sign-in"


def test_a_confirmation_expires_after_a_day_and_the_dead_page_sends_a_fresh_one(shop, visit, mailbox, clock):
    visit().submit("/p/harbor/create-account", name="Zoe", email="zoe@example.com")
    path = mailbox.link("confirm")
    clock.advance(timedelta(hours=23, minutes=59))
    assert visit().get(path).status_code == 200
    clock.advance(timedelta(minutes=2))
    assert visit().get(path).status_code == 410
    visit().submit(path, to="/p/harbor/forgot", email="zoe@example.com")
    assert mailbox.link("confirm") != path
    assert visit_link(visit(), mailbox, "confirm", SECRET).request.path == "/p/harbor"


def test_case_7_a_reset_ends_sessions_and_older_links_and_tells(ann, visit, mailbox):
    at_home = visit()
    at_home.submit("/p/harbor/sign-in", email="ann@example.com", password=SECRET)
    assert at_home.get("/p/harbor").status_code == 200
    visit().submit("/p/harbor/forgot", email="ann@example.com")
    first = mailbox.link("reset")
    visit().submit("/p/harbor/forgot", email="ann@example.com")
    second = mailbox.link("reset")
    assert visit().get(first).status_code == 410, "the newest only"
    person = visit()
    done = person.submit(second, password=OTHER)
    assert done.request.path == "/p/harbor/sign-in" and "Your password was changed" in _text(done)
    assert person.get("/p/harbor").status_code == 303, "no auto-login"
    assert at_home.get("/p/harbor").status_code == 303
    assert "was changed" in mailbox.all()[0].subject
    assert visit().get(second).status_code == 410
    assert person.submit("/p/harbor/sign-in", email="ann@example.com", password=SECRET).status_code == 422
    assert person.submit("/p/harbor/sign-in", email="ann@example.com", password=OTHER).request.path == "/p/harbor"


def test_a_reset_asked_for_before_a_change_and_mailed_after_it_is_not_sent(ann, visit, mailbox):
    visit().submit("/p/harbor/forgot", email="ann@example.com")
    path = mailbox.link("reset")
    visit().submit("/p/harbor/forgot", email="ann@example.com")  # queued, not sent yet
    visit().submit(path, password=OTHER)
    assert next(mail.subject for mail in mailbox.all()).endswith("was changed")


def test_case_8_three_mails_an_hour_and_the_page_stays_the_same(ann, visit, mailbox, clock):
    pages = {_comparable(visit().submit("/p/harbor/forgot", email="ann@example.com")) for _n in range(5)}
    assert len(pages) == 1 and Mail.select().count() == 3
    for _hour in range(5):
        clock.advance(timedelta(minutes=61))
        for _n in range(4):
            visit().submit("/p/harbor/create-account", name="A", email="ann@example.com")
    assert Mail.select().count() == 10, "ten a day, sign-ups included"
    clock.advance(timedelta(hours=24))
    visit().submit("/p/harbor/forgot", email="ann@example.com")
    assert Mail.select().count() == 11


def test_case_10_one_mailbox_is_one_identity_but_tags_and_dots_are_others(shop, visit, mailbox):
    for address in ("Ann@X.com", "ann@x.com ", "a.nn@x.com", "ann+shop@x.com"):
        visit().submit("/p/harbor/create-account", name="Ann", email=address)
    assert {row.email for row in Account.select()} == {"ann@x.com", "a.nn@x.com", "ann+shop@x.com"}


def test_case_11_the_chooser_comes_after_proof_of_the_mailbox(shop, visit):
    ann = people.account(shop, "ann@example.com", customers=2, password_hash=passwords.hash_of(SECRET))
    person = visit()
    wrong = person.submit("/p/harbor/sign-in", email="ann@example.com", password="wrong")
    assert "Which account" not in _text(wrong) and person.get("/p/harbor/choose").status_code == 303
    chooser = person.submit("/p/harbor/sign-in", email="ann@example.com", password=SECRET)
    assert chooser.request.path == "/p/harbor/choose" and "Which account" in _text(chooser)
    second = Access.select().where(Access.account == ann).order_by(Access.granted_at, Access.customer)[1].customer_id
    assert person.submit("/p/harbor/choose", customer=str(second)).request.path == "/p/harbor"
    assert Session.get(Session.revoked_at.is_null()).customer_id == second
    stranger = people.customer(shop, "bob@example.com")
    assert person.submit("/p/harbor/choose", customer=str(stranger.id)).status_code == 404


def test_case_15_nothing_crosses_between_two_merchants(ann, visit, mailbox):
    other = people.merchant("other", "Other Shop")
    people.account(other, "ann@example.com", password_hash=passwords.hash_of(OTHER))
    person = visit()
    assert person.submit("/p/other/sign-in", email="ann@example.com", password=SECRET).status_code == 422
    person.submit("/p/harbor/sign-in", email="ann@example.com", password=SECRET)
    assert person.get("/p/harbor").status_code == 200 and person.get("/p/other").status_code == 303
    visit().submit("/p/harbor/forgot", email="ann@example.com")
    path = mailbox.link("reset")
    foreign = path.replace("/p/harbor/", "/p/other/")
    assert visit().get(foreign).status_code == 410
    assert visit().submit("/p/other/sign-in", to=foreign, password=OTHER).status_code == 410
    assert visit().get(path).status_code == 200, "and it is not used up"


def test_signing_in_goes_back_where_one_was_going_but_only_to_our_pages(ann, visit):
    wanted = visit()
    asked = wanted.get("/p/harbor/orders")
    assert asked.location == "/p/harbor/sign-in?next=/p/harbor/orders"
    fields = {"email": "ann@example.com", "password": SECRET}
    back = wanted.submit(asked.location, to="/p/harbor/sign-in", next="/p/harbor/orders", **fields)
    assert back.request.path == "/p/harbor/orders"
    for evil in ("https://evil.example", "//evil.example", "/\\evil.example", "/p/other", "/merchant/harbor", "/x"):
        assert visit().submit("/p/harbor/sign-in", next=evil, **fields).request.path == "/p/harbor"


def test_a_new_sign_in_replaces_the_old_session_and_sign_out_ends_it(ann, visit, clock):
    person, fields = visit(), {"email": "ann@example.com", "password": SECRET}
    person.submit("/p/harbor/sign-in", **fields)
    old = person.client.get_cookie("customer").value
    person.submit("/p/harbor/forgot", to="/p/harbor/sign-in", **fields)
    new = person.client.get_cookie("customer").value
    assert old != new and sessions.load(old, audience=Audience.CUSTOMER, now=clock.at) is None
    out = person.submit("/p/harbor/forgot", to="/p/harbor/sign-out")
    assert out.request.path == "/p/harbor/sign-in" and "You are signed out" in _text(out)
    assert sessions.load(new, audience=Audience.CUSTOMER, now=clock.at) is None
    assert person.client.get_cookie("customer") is None
    assert person.get("/p/harbor/sign-out").status_code in (404, 405), "only a press signs out"


def test_a_browser_that_keeps_no_cookie_is_told_so(ann, visit):
    person = visit()
    told = person.get("/p/harbor/signed-in")
    assert "did not keep the cookie" in _text(told)


def test_errors_stand_at_the_field_and_what_was_typed_stays(shop, visit):
    shown = visit().submit("/p/harbor/create-account", name="Ann", email="ann@x.com, bob@x.com")
    body = shown.get_data(as_text=True)
    assert shown.status_code == 422
    assert 'aria-invalid="true"' in body and 'aria-describedby="email-error email-hint"' in body
    assert 'role="alert"' in body and "autofocus" in body and 'value="Ann"' in body
    assert "Write one e-mail address" in _text(shown)
    weak = visit().submit("/p/harbor/sign-in", email="ann@x.com", password="a secret nobody sees")
    assert "a secret nobody sees" not in weak.get_data(as_text=True) and 'value="ann@x.com"' in weak.get_data(
        as_text=True
    )


def test_a_password_that_is_refused_leaves_the_link_good(shop, visit, mailbox):
    visit().submit("/p/harbor/create-account", name="Ann Lee", email="ann@example.com")
    path = mailbox.link("confirm")
    for bad in ("short", "password12345", "Harbor Yoga 12"):
        assert visit().submit(path, password=bad).status_code == 422
    assert visit().submit(path, password=SECRET).request.path == "/p/harbor"


def test_an_unknown_merchant_is_a_real_404(shop, visit):
    for path in ("sign-in", "create-account", "forgot", "check-your-mail", "reset/x", "confirm/x", "signed-in"):
        assert visit().get(f"/p/nobody/{path}").status_code == 404, path


def test_the_pages_are_light(shop, visit):
    person = visit()
    page = person.get("/p/harbor/sign-in", headers={"Accept-Encoding": "br"})
    body = page.get_data(as_text=True)
    assert "<script" not in body
    weight = len(page.get_data())
    for address in re.findall(r'(?:href|src)="(/assets/[^"]+)"', body):
        weight += len(person.get(address, headers={"Accept-Encoding": "br"}).get_data())
    assert weight < 60_000, weight


@pytest.fixture
def olga(shop, clock):
    made = people.staff("olga@example.com", password_hash=passwords.hash_of(SECRET))
    Membership.create(staff=made, merchant=shop, role=Role.OWNER, created_at=clock.at)
    return made


def test_staff_go_to_their_desk(olga, visit):
    fields = {"email": "olga@example.com", "password": SECRET}
    person = visit()
    assert person.get("/merchant/harbor").location.startswith("/merchant?next=")
    assert person.submit("/merchant", to="/merchant/sign-in", **fields).request.path == "/merchant/harbor"
    assert person.see("/merchant?next=/merchant/nobody").request.path == "/merchant/harbor", "no endless way round"
    assert person.get("/operations").status_code == 303 and person.get("/p/harbor").status_code == 303
    out = person.submit("/merchant/forgot", to="/merchant/sign-out")
    assert "You are signed out" in _text(out) and person.get("/merchant/harbor").status_code == 303
    second = people.merchant("second", "Second Shop")
    Membership.create(staff=olga, merchant=second, role=Role.VIEWER, created_at=olga.created_at)
    chooser = visit().submit("/merchant", to="/merchant/sign-in", **fields)
    assert chooser.request.path == "/merchant" and "Second Shop" in _text(chooser) and "Harbor Yoga" in _text(chooser)


def test_operators_sign_in_at_operations_and_others_do_not(olga, visit):
    people.staff("pat@example.com", operator=True, password_hash=passwords.hash_of(SECRET))
    fields = {"email": "pat@example.com", "password": SECRET}
    person = visit()
    assert person.get("/operations").location.startswith("/operations/sign-in")
    assert person.submit("/operations/sign-in", **fields).request.path == "/operations"
    assert visit().submit("/merchant", to="/merchant/sign-in", **fields).request.path == "/operations"
    landed = visit().submit("/operations/sign-in", email="olga@example.com", password=SECRET)
    assert landed.request.path == "/merchant/harbor"
    assert visit().submit("/p/harbor/sign-in", **fields).status_code == 422, "staff are no customers"


def test_staff_set_a_password_by_mailed_link(shop, visit, mailbox, clock):
    made = people.staff("olga@example.com", password_hash=None)
    Membership.create(staff=made, merchant=shop, role=Role.OWNER, created_at=clock.at)
    known = visit().submit("/merchant/forgot", email="olga@example.com")
    unknown = visit().submit("/merchant/forgot", email="nobody@example.com")
    assert _comparable(known) == _comparable(unknown)
    path = re.search(r"http://[^/]+(/merchant/set-password/\S+)", mailbox.all("olga@")[0].text).group(1)
    assert "No staff account" in mailbox.all("nobody@")[0].subject
    assert visit().submit(path, password="twelve chars").status_code == 422, "staff need fifteen"
    assert "Your password was changed" in _text(visit().submit(path, password=SECRET))
    assert visit().get(path).status_code == 410
    fields = {"email": "olga@example.com", "password": SECRET}
    assert visit().submit("/merchant", to="/merchant/sign-in", **fields).request.path == "/merchant/harbor"
    type(made).update(disabled_at=clock.at).execute()
    assert visit().submit("/merchant", to="/merchant/sign-in", **fields).status_code == 422


def test_later_records_of_the_mailbox_join_and_the_account_is_told(ann, shop, mailbox):
    people.customer(shop, "ann@example.com")
    with unit_of_work():
        assert access.grant_by_mailbox(shop.id, "ann@example.com") == 1
    with unit_of_work():
        assert access.grant_by_mailbox(shop.id, "ann@example.com") == 0
    assert Access.select().where(Access.account == ann).count() == 2
    assert "shows more bills" in mailbox.all("ann@")[0].subject
    assert "access.granted" in _kinds()


def test_an_address_that_changes_takes_access_and_sessions_with_it(ann, shop, visit):
    person = visit()
    person.submit("/p/harbor/sign-in", email="ann@example.com", password=SECRET)
    customer = Customer.get()
    customer.email = "new@example.com"
    with unit_of_work():
        Customer.update(email=customer.email).execute()
        access.email_changed(customer)
    assert person.get("/p/harbor").status_code == 303
    assert Access.get().revoked_at is not None and "access.revoked" in _kinds()


def test_an_account_that_lost_all_access_gets_a_record_of_its_own(ann, visit, clock):
    Access.update(revoked_at=clock.at).execute()
    person = visit()
    assert person.submit("/p/harbor/sign-in", email="ann@example.com", password=SECRET).request.path == "/p/harbor"
    live = Access.get(Access.revoked_at.is_null())
    assert (live.account_id, live.source) == (ann.id, AccessSource.SELF)
    assert person.get("/p/harbor").status_code == 200
