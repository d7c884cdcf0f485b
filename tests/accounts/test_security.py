"""Proof, the way in, and where one is signed in, as a person meets them."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from domain.accounts import passwords
from domain.accounts.viewer import Audience
from models.customers import Access, AccessSource, Account, LinkToken, Session
from models.merchants import Merchant
from models.work import Event, Mail
from tests.accounts import people

SECRET = "purple monkey dishes"
OTHER = "seven quiet lighthouses"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"  # noqa: E501
CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36"
)
ANN = {"email": "ann@example.com", "password": SECRET}
FORM = "/p/harbor/security/password"


@pytest.fixture
def shop(server):
    return people.merchant()


@pytest.fixture
def ann(shop):
    return people.account(shop, "ann@example.com", password_hash=passwords.hash_of(SECRET))


@pytest.fixture
def signed_in(ann, visit):
    """Opens a browser that is signed in as Ann."""

    def opened(agent: str = CHROME):
        person = visit()
        person.client.environ_base["HTTP_USER_AGENT"] = agent
        assert person.submit("/p/harbor/sign-in", **ANN).request.path == "/p/harbor"
        return person

    return opened


def _text(response) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))))


def _is_in(person) -> bool:
    return person.get("/p/harbor/security").status_code == 200


def test_a_fresh_sign_in_is_proof_and_ten_minutes_later_it_is_asked_again(signed_in, clock):
    person = signed_in()
    assert person.get(FORM).status_code == 200
    clock.advance(timedelta(minutes=10))
    asked = person.get(FORM)
    assert (asked.status_code, asked.location) == (303, f"/p/harbor/prove?next={FORM}")
    wrong = person.submit(asked.location, to="/p/harbor/prove", next=FORM, password="wrong")
    assert wrong.status_code == 422 and "not the password of your account" in _text(wrong)
    assert _is_in(person) and person.get(FORM).status_code == 303
    proved = person.submit(asked.location, to="/p/harbor/prove", next=FORM, password=SECRET)
    assert proved.request.path == FORM and proved.status_code == 200
    assert "account.proved" in {row.kind for row in Event.select()}


def test_a_form_that_was_opened_in_time_may_be_finished_without_haste(signed_in, clock):
    person = signed_in()
    clock.advance(timedelta(minutes=9))
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.get(FORM).text).group(1)
    clock.advance(timedelta(minutes=10))
    assert person.client.post(FORM, data={"csrf_token": token, "password": OTHER}).location == "/p/harbor/security"
    clock.advance(timedelta(minutes=2))
    late = person.client.post(
        FORM, data={"csrf_token": token, "password": SECRET}, headers={"Referer": f"http://localhost{FORM}"}
    )
    assert late.location == f"/p/harbor/prove?next={FORM}"


def test_case_9_proof_waits_by_the_same_counter_and_never_signs_anybody_out(signed_in, visit, clock):
    person = signed_in()
    clock.advance(timedelta(minutes=11))
    tries = [person.submit("/p/harbor/prove", password=f"wrong {n}").status_code for n in range(6)]
    assert tries == [422] * 5 + [429] and _is_in(person)
    elsewhere = visit()
    elsewhere.client.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    assert elsewhere.submit("/p/harbor/sign-in", **ANN).status_code == 429, "one counter for both"
    clock.advance(timedelta(seconds=31))
    assert person.submit("/p/harbor/prove", password=SECRET).request.path == "/p/harbor"


def test_the_way_back_from_proof_is_a_page_of_ours(signed_in):
    person = signed_in()
    for evil in ("https://evil.example", "//evil.example", "/\\evil.example", "/p/other", "/merchant/harbor"):
        assert 'name="next"' not in person.get("/p/harbor/prove", query_string={"next": evil}).text
        assert person.submit("/p/harbor/prove", next=evil, password=SECRET).request.path == "/p/harbor"


def test_changing_the_password_ends_every_other_session_and_link_and_tells(signed_in, visit, mailbox):
    person, elsewhere = signed_in(), signed_in(SAFARI)
    visit().submit("/p/harbor/forgot", email="ann@example.com")
    reset = mailbox.link("reset")
    weak = person.submit(FORM, password="short")
    assert weak.status_code == 422 and "fewer than 12" in _text(weak) and _is_in(elsewhere)
    done = person.submit(FORM, password=OTHER)
    assert done.request.path == "/p/harbor/security" and "every other device was signed out" in _text(done)
    assert _is_in(person) and not _is_in(elsewhere) and visit().get(reset).status_code == 410
    mail = mailbox.all()[0]
    assert mail.subject.endswith("was changed") and "Every other device was signed out" in mail.text
    assert visit().submit("/p/harbor/sign-in", **ANN).status_code == 422
    assert visit().submit("/p/harbor/sign-in", **(ANN | {"password": OTHER})).request.path == "/p/harbor"


def test_the_devices_are_listed_by_name_and_signed_out_one_by_one_or_all(signed_in, clock):
    phone, laptop, tablet = signed_in(), signed_in(SAFARI), signed_in("")
    page = phone.get("/p/harbor/security")
    assert "Chrome · Android This device" in _text(page) and "Safari · iOS" in _text(page)
    assert "does not say its name" in _text(page) and "Your user name is your e-mail" in _text(page)
    path = re.findall(r'action="(/p/harbor/security/devices/[0-9a-f-]{36}/out)"', page.text)
    assert len(path) == 2, "this device has no such button"
    ids = {row.device: row.id for row in Session.select()}
    out = phone.submit("/p/harbor/security", to=f"/p/harbor/security/devices/{ids['Safari · iOS']}/out")
    assert "signed out" in _text(out) and not _is_in(laptop) and _is_in(tablet) and _is_in(phone)
    again = phone.submit("/p/harbor/security", to=f"/p/harbor/security/devices/{ids['Safari · iOS']}/out")
    assert again.status_code == 200, "twice is harmless"
    laptop = signed_in(SAFARI)
    told = phone.submit("/p/harbor/security", to="/p/harbor/security/devices/others/out")
    assert "2 other devices are signed out" in _text(told)
    assert _is_in(phone) and not _is_in(laptop) and not _is_in(tablet)
    assert "No other device" in _text(phone.submit("/p/harbor/security", to="/p/harbor/security/devices/others/out"))


def test_sessions_that_ran_out_are_not_listed(signed_in, clock):
    phone = signed_in()
    signed_in(SAFARI)
    for _n in range(3):
        clock.advance(timedelta(minutes=30))
        phone.get("/p/harbor/security")
    assert "Safari" not in _text(phone.get("/p/harbor/security"))


def test_a_colleague_or_stranger_neither_sees_nor_ends_my_sessions(ann, shop, signed_in, visit):
    phone = signed_in()
    record = Access.get(Access.account == ann).customer
    colleague = people.account(shop, "col@example.com", customers=0, password_hash=ann.password_hash)
    Access.create(account=colleague, customer=record, source=AccessSource.STAFF, granted_at=ann.created_at)
    people.account(shop, "bob@example.com", password_hash=ann.password_hash)
    mine = Session.get(Session.account == ann).id
    for who in ("col@example.com", "bob@example.com"):
        other = visit()
        other.submit("/p/harbor/sign-in", email=who, password=SECRET)
        page = other.get("/p/harbor/security")
        assert page.text.count("Last seen") == 1 and "Chrome" not in _text(page)
        gone = other.submit("/p/harbor/security", to=f"/p/harbor/security/devices/{mine}/out")
        assert gone.status_code == 404 and _is_in(phone)
        other.submit("/p/harbor/security", to="/p/harbor/security/devices/others/out")
        assert _is_in(phone)
    assert visit().get("/p/harbor/security").status_code == 303


def test_the_menu_has_what_is_ones_own_and_the_switch_only_with_several_records(signed_in, shop, visit):
    one = signed_in().get("/p/harbor/security").text
    assert 'href="/p/harbor/details"' in one and 'href="/p/harbor/security"' in one and "Switch record" not in one
    people.account(shop, "two@example.com", customers=2, password_hash=passwords.hash_of(SECRET))
    person = visit()
    person.submit("/p/harbor/sign-in", email="two@example.com", password=SECRET)
    assert 'href="/p/harbor/choose"' in person.get("/p/harbor/security").text


def test_a_mailed_link_signs_in_once_and_goes_where_one_was_going(signed_in, ann, visit, mailbox):
    visitor = visit()
    fields = {"email": " Ann@Example.com", "next": "/p/harbor/security"}
    asked = visitor.submit("/p/harbor/sign-in?next=/p/harbor/security", to="/p/harbor/link", **fields)
    assert asked.request.path == "/p/harbor/check-your-mail"
    path = mailbox.link("link")
    assert "next=/p/harbor/security" in mailbox.all()[0].text
    full = f"{path}?next=/p/harbor/security"
    for _n in range(3):
        opened = visitor.get(full)
        assert opened.status_code == 200 and opened.headers["Referrer-Policy"] == "no-referrer"
        assert visitor.client.head(full).status_code == 200
    assert LinkToken.get().used_at is None, "a scanner consumes nothing"
    inside = visitor.submit(full, to=path, next="/p/harbor/security")
    assert inside.request.path == "/p/harbor/security" and inside.status_code == 200
    assert visit().get(full).status_code == 410
    assert visit().submit("/p/harbor/sign-in", to=path).status_code == 410


def test_a_sign_in_link_looks_the_same_for_every_address(ann, visit, mailbox):
    pages = set()
    for address in ("ann@example.com", "nobody@example.com"):
        shown = visit().submit("/p/harbor/link", email=address)
        pages.add((shown.status_code, shown.request.path, re.sub(r'value="[^"]{60,}"', "", shown.text)))
    assert len(pages) == 1
    assert "no account" in mailbox.all("nobody@example.com")[0].text.lower()
    assert visit().submit("/p/harbor/link", email="not an address").status_code == 422


def test_case_5_a_sign_in_link_lasts_fifteen_minutes_and_the_dead_page_sends_a_fresh_one(ann, visit, mailbox, clock):
    visit().submit("/p/harbor/link", email="ann@example.com")
    path = mailbox.link("link")
    clock.advance(timedelta(minutes=15))
    dead = visit().get(path)
    assert dead.status_code == 410 and 'action="/p/harbor/link"' in dead.text and "ann@" not in dead.text
    visit().submit(path, to="/p/harbor/link", email="ann@example.com")
    fresh = mailbox.link("link")
    assert fresh != path and visit().submit(fresh).request.path == "/p/harbor"


def test_case_7_a_change_of_the_password_kills_a_sign_in_link(signed_in, visit, mailbox):
    person = signed_in()
    visit().submit("/p/harbor/link", email="ann@example.com")
    path = mailbox.link("link")
    person.submit(FORM, password=OTHER)
    assert visit().get(path).status_code == 410 and visit().submit("/p/harbor/sign-in", to=path).status_code == 410


def test_case_8_sign_in_links_count_among_the_mails_of_an_hour(ann, visit, mailbox):
    for _n in range(2):
        visit().submit("/p/harbor/forgot", email="ann@example.com")
        visit().submit("/p/harbor/link", email="ann@example.com")
    assert Mail.select().count() == 3


def test_case_9_who_must_wait_still_gets_in_by_a_mailed_link(ann, visit, mailbox):
    thief = visit()
    for _n in range(6):
        thief.submit("/p/harbor/sign-in", email="ann@example.com", password="wrong")
    assert visit().submit("/p/harbor/sign-in", **ANN).status_code == 429
    visit().submit("/p/harbor/link", email="ann@example.com")
    assert visit().submit(mailbox.link("link")).request.path == "/p/harbor"


def test_case_15_a_sign_in_link_is_of_one_merchant(ann, visit, mailbox):
    people.account(people.merchant("other", "Other Shop"), "ann@example.com")
    visit().submit("/p/harbor/link", email="ann@example.com")
    path = mailbox.link("link")
    foreign = path.replace("/p/harbor/", "/p/other/")
    assert visit().get(foreign).status_code == 410
    assert visit().submit("/p/other/sign-in", to=foreign).status_code == 410
    assert visit().get(path).status_code == 200


def test_case_16_the_user_name_is_the_email(shop, visit):
    for page in ("/p/harbor/sign-in", "/p/harbor/forgot"):
        assert "user name" in _text(visit().get(page)) and "Harbor Yoga" in _text(visit().get(page))


def test_a_merchant_without_links_has_no_such_page_and_ends_those_that_are_out(ann, shop, visit, mailbox):
    visit().submit("/p/harbor/link", email="ann@example.com")
    path = mailbox.link("link")
    Merchant.update(sign_in_links=False).where(Merchant.id == shop).execute()
    assert "Mail me" not in _text(visit().get("/p/harbor/sign-in"))
    assert visit().get("/p/harbor/link").status_code == 404
    assert visit().submit("/p/harbor/sign-in", to="/p/harbor/link", email="ann@example.com").status_code == 404
    assert visit().get(path).status_code == 410 and 'action="/p/harbor/forgot"' in visit().get(path).text


def test_a_mailed_link_is_proof_too_and_stays_with_the_record_that_was_open(shop, visit, mailbox, clock):
    ann = people.account(shop, "ann@example.com", customers=2, password_hash=passwords.hash_of(SECRET))
    person = visit()
    person.submit("/p/harbor/sign-in", **ANN)
    second = Access.select().where(Access.account == ann).order_by(Access.granted_at, Access.customer)[1].customer_id
    person.submit("/p/harbor/choose", customer=str(second))
    clock.advance(timedelta(minutes=11))
    person.submit(f"/p/harbor/prove?next={FORM}", to="/p/harbor/link", email="ann@example.com", next=FORM)
    path = mailbox.link("link")
    assert person.submit(f"{path}?next={FORM}", to=path, next=FORM).request.path == FORM
    alive = Session.get(Session.revoked_at.is_null())
    assert (alive.customer_id, alive.audience) == (second, Audience.CUSTOMER), "and the old session ended"
    assert Account.get_by_id(ann.id).signed_in_at == clock.at
