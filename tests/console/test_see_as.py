"""Seeing the portal as a customer sees it: the same pages, nothing to press, a quarter of an hour, logged."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from dashboard import inert, routes
from domain.accounts.viewer import Audience, Role
from models.base import unit_of_work
from models.customers import Customer, LinkToken, Session
from models.methods import BillingSchedule
from models.work import Event
from tests import factory
from tests.browser.people import alex as make_alex
from tests.console.test_team import visitor
from tests.pages.console import drawn
from tests.served import portal


@pytest.fixture
def alex(sandbox, sqlite_store, clock):
    return make_alex(clock)


@pytest.fixture
def server(alex):
    return portal()


@pytest.fixture
def manager(alex):
    return factory.staff(of=alex.merchant, role=Role.MANAGER)


def base_of(alex):
    return f"/merchant/harbor/customers/{alex.customer.id}/portal"


def begun(server, person, alex):
    """A browser in which the look is open; the press comes from the team's page, which has a token."""
    visit = visitor(server, person)
    visit.submit("/merchant/harbor/settings/you", to=base_of(alex))
    return visit


def _pages(alex):
    plan = BillingSchedule.get(BillingSchedule.customer == alex.customer)
    ids = {"order_id": alex.failed.id, "schedule_id": plan.id, "customer_id": alex.customer.id}
    found = []
    for row in routes.rows():
        if row.path.startswith(routes.LOOK):
            path = re.sub(r"<uuid:(\w+)>", lambda name: str(ids[name.group(1)]), row.path)
            found.append(path.replace("<slug>", "harbor"))
    return found


def html_of(visit, path):
    answer = drawn(visit.client, path)
    assert answer.status_code == 200, (path, answer.text)
    return "".join(re.findall(r'"html": ?"((?:[^"\\]|\\.)*)"', answer.text)).encode().decode("unicode_escape")


def test_every_page_of_the_customer_shows_and_none_has_anything_to_press(server, manager, alex):
    visit = begun(server, manager, alex)
    pages = _pages(alex)
    assert len(pages) == len([row for row in routes.rows() if row.audience is Audience.CUSTOMER]) - 1, "all but paying"
    seen = ""
    for path in pages:
        shell, inner = visit.get(path), html_of(visit, path)
        assert shell.status_code == 200 and "You see this as" in shell.text and "Nothing can be pressed" in shell.text
        assert shell.text.count("<form") == 1 and f'action="{base_of(alex)}/stop"' in shell.text
        assert "<form" not in inner and "csrf" not in inner and "/p/harbor" not in inner + shell.text.split("<body>")[1]
        assert all("disabled" in tag for tag in re.findall(r"<(?:button|input|select)[^>]*>", inner)), path
        hrefs = re.findall(r'href="([^"]*)"', inner)
        assert all(href.startswith((base_of(alex), "#", "?")) for href in hrefs), hrefs
        seen += inner
    assert "Monthly membership, November" in seen and "12 Quay Street" in seen and f"{base_of(alex)}/orders/" in seen


def test_nothing_is_done_in_the_customers_name(server, manager, alex):
    before = Session.select().where(Session.account.is_null(False)).count()
    visit = begun(server, manager, alex)
    kinds = {row.kind for row in Event.select().where(Event.actor == "customer")}
    for path in _pages(alex):
        html_of(visit, path)
    assert {row.kind for row in Event.select().where(Event.actor == "customer")} == kinds
    assert Session.select().where(Session.account.is_null(False)).count() == before
    assert not LinkToken.select().where(LinkToken.opened_at.is_null(False)).exists()


def test_it_is_logged_with_its_end_and_ends_by_itself(server, manager, alex, clock):
    visit = begun(server, manager, alex)
    [event] = Event.select().where(Event.kind == "customer.look_began")
    assert (event.actor_id, event.customer_id) == (str(manager.id), str(alex.customer.id)) and "15" in event.facts
    clock.advance(timedelta(minutes=14))
    assert visit.get(base_of(alex)).status_code == 200
    clock.advance(timedelta(minutes=1))
    over = visit.get(f"{base_of(alex)}/methods")
    assert over.status_code == 303 and over.headers["Location"] == base_of(alex).removesuffix("/portal")
    assert drawn(visit.client, base_of(alex)).status_code in (400, 404)


def test_stop_ends_it_at_once(server, manager, alex):
    visit = begun(server, manager, alex)
    token = re.search(r'name="csrf_token" value="([^"]+)"', visit.get(base_of(alex)).text).group(1)
    visit.client.post(f"{base_of(alex)}/stop", data={"csrf_token": token})
    assert visit.get(base_of(alex)).status_code == 303
    assert Event.select().where(Event.kind == "customer.look_ended").count() == 1


@pytest.mark.parametrize("below", ["", "/methods", "/orders/x", "/nothing", "/stop/x"])
def test_a_form_sent_to_it_is_refused(server, manager, alex, below):
    visit = begun(server, manager, alex)
    token = re.search(r'name="csrf_token" value="([^"]+)"', visit.get(base_of(alex)).text).group(1)
    answer = visit.client.post(base_of(alex) + below, data={"csrf_token": token})
    assert answer.status_code == {"": 303}.get(below, 403 if below == "/methods" else answer.status_code)
    assert below == "" or answer.status_code in (403, 404)


def test_it_needs_a_manager_a_press_and_a_customer_of_ones_own(server, manager, alex):
    unasked = visitor(server, manager).get(base_of(alex))
    assert unasked.status_code == 303, "an address alone opens nothing: beginning is logged"
    looks = begun(server, factory.staff(of=alex.merchant, role=Role.VIEWER), alex)
    assert looks.get(base_of(alex)).status_code == 403
    theirs = factory.customer(factory.merchant("summit"))
    foreign = base_of(alex).replace(str(alex.customer.id), str(theirs.id))
    visit = visitor(server, manager)
    assert visit.get(foreign).status_code == 404
    assert visit.submit("/merchant/harbor/settings/you", to=foreign).status_code == 404
    with unit_of_work():
        Customer.update(merged_into=factory_free(alex)).where(Customer.id == alex.customer.id).execute()
    assert begun(server, manager, alex).get(base_of(alex)).status_code == 404


def factory_free(alex):
    """Another record of the merchant, made before the unit of work."""
    return Customer.select().where(Customer.id == alex.customer.id).get().id


def test_another_browser_of_the_same_person_sees_nothing(server, manager, alex):
    begun(server, manager, alex)
    assert visitor(server, manager).get(base_of(alex)).status_code == 303


def test_the_rewriting_escapes_again_and_drops_what_would_act():
    hostile = '<form action="/p/x/pay"><a href="/p/x/pay/h" target="_blank">A &amp; B</a><input type="hidden" name="t">'
    written = str(
        inert.html(hostile + '<button name="b">&lt;script&gt;</button></form><a href="//evil">e</a>', lambda _h: None)
    )
    assert written == (
        '<div><a role="link" aria-disabled="true">A &amp; B</a><button disabled>&lt;script&gt;</button></div>'
        '<a role="link" aria-disabled="true">e</a>'
    )
    with pytest.raises(ValueError, match="script"):
        inert.html("<script>x</script>", lambda _h: None)
