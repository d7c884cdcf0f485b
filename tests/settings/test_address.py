"""An old portal address leads on: pages, forms, mailed links, staff; and it is nobody else's for good."""

from __future__ import annotations

import pytest

from dashboard import cookies
from domain.accounts import sessions
from domain.accounts.viewer import Audience
from domain.merchants.make import make_merchant
from domain.merchants.portal_address import change_slug, present_of
from kit.errors import Conflict, DomainError
from models.base import unit_of_work
from models.merchants import GatewayAccount, OldSlug
from tests import factory
from tests.settings.conftest import House, events
from tests.web import sample
from tests.web.conftest import token_in


def moved(house: House, to: str = "harbor-yoga") -> None:
    assert house.post("owner", "/business/address", slug=to).headers["Location"] == f"/merchant/{to}/settings/business"
    house.merchant = house.now()


def test_the_walk(house: House) -> None:
    customer = factory.customer(house.merchant)
    order, account = factory.order(customer), factory.account(customer)
    with unit_of_work():
        token = sessions.open_session(account=account.id, customer=customer.id)
        link = factory.fix_it_link(order.id)
    before = GatewayAccount.get(GatewayAccount.merchant == house.merchant).path_token
    owner = house.browser("owner")
    moved(house)
    assert present_of("harbor") == "harbor-yoga" and events()[-1:] == ["merchant.address_changed"]
    assert GatewayAccount.get(GatewayAccount.merchant == house.merchant).path_token == before

    nobody, alex = house.server.test_client(), house.server.test_client()
    alex.set_cookie(cookies.name_of(Audience.CUSTOMER), token)
    for client, path in (
        (nobody, f"/p/harbor/fix/{link}"),
        (nobody, "/p/harbor/sign-in?next=/p/harbor/purchases"),
        (nobody, "/p/harbor/create-account"),
        (alex, "/p/harbor"),
        (alex, "/p/harbor/purchases?q=yoga&page=2"),
        (alex, f"/p/harbor/orders/{order.id}"),
        (alex, "/p/harbor/nothing-here"),
        (owner, "/merchant/harbor"),
        (owner, "/merchant/harbor/settings/business"),
    ):
        answer = client.get(path)
        assert answer.status_code == 308, path
        assert answer.headers["Location"] == path.replace("harbor", "harbor-yoga"), path
        assert answer.headers["Cache-Control"] == "no-store", "the way back must stay open"
    assert nobody.get(f"/p/harbor-yoga/fix/{link}").status_code in (200, 302, 303)
    assert alex.get("/p/harbor-yoga").status_code == 200, "nobody was signed out"
    assert owner.get("/merchant/harbor-yoga/settings/business").status_code == 200
    sent = owner.post("/merchant/harbor/settings/business", data={"csrf_token": "old"})
    assert sent.status_code in (308, 400), "a form that stood open arrives, or is asked again"
    assert house.browser("stranger").get("/merchant/harbor/settings").status_code == 308
    assert nobody.get("/p/never-was/sign-in").status_code == 404


def test_a_page_that_stood_open_is_led_on(house: House) -> None:
    owner = house.browser("owner")
    token = token_in(owner.get(house.at("")).text)
    moved(house)
    headers = {"X-Settle-Page": "/merchant/harbor/settings", "X-CSRFToken": token}
    asked = owner.post("/_dash-update-component", headers=headers, json=sample.PAGE_CALL)
    assert asked.status_code == 401 and asked.headers["X-Settle-Sign-In"] == "/merchant/harbor-yoga/settings"


def test_there_and_back_and_to_nobody_else(house: House) -> None:
    moved(house)
    other = house.stranger
    theirs = other.memberships.get().merchant
    for taken in ("harbor", "harbor-yoga"):
        with pytest.raises(Conflict):
            change_slug(merchant=theirs.id, staff=other.id, was="summit", slug=taken)
        with pytest.raises(Conflict), unit_of_work():
            make_merchant(slug=taken, name="X", currency="USD", country="US", zone="UTC")
    with pytest.raises(Conflict, match="Somebody else"):
        change_slug(merchant=house.merchant.id, staff=house.owner.id, was="harbor", slug="third")
    with pytest.raises(DomainError, match="already"):
        change_slug(merchant=house.merchant.id, staff=house.owner.id, was="harbor-yoga", slug="harbor-yoga")
    moved(house, "harbor")
    assert [row.slug for row in OldSlug.select()] == ["harbor-yoga"]
    answer = house.server.test_client().get("/p/harbor-yoga/sign-in")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/p/harbor/sign-in")
    assert house.server.test_client().get("/p/harbor/sign-in").status_code == 200


def test_both_stores_keep_an_address_to_one(store: str, clock: object) -> None:
    one, other = factory.merchant("first"), factory.merchant("second")
    person = factory.staff(of=one)
    change_slug(merchant=one.id, staff=person.id, was="first", slug="moved")
    with pytest.raises(Conflict):
        change_slug(merchant=other.id, staff=person.id, was="second", slug="first")
    change_slug(merchant=one.id, staff=person.id, was="moved", slug="first")
    assert (present_of("moved"), present_of("first")) == ("first", None)
