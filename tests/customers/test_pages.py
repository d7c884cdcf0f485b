"""The details page and the address form, as the owner, a colleague and a stranger meet them."""

from __future__ import annotations

import re

from models.customers import Access, Address, AddressKind, Customer, Session
from models.merchants import Merchant
from tests import factory
from tests.customers.conftest import Person
from tests.customers.test_addresses import PORTLAND

BILLING = "/details/address/billing"


def _input(html: str, name: str) -> str:
    found = re.search(rf'<(?:input|select|textarea) id="{name}"[^>]*>', html)
    assert found, f"no field {name}"
    return found[0]


def _chosen(html: str) -> list[str]:
    return re.findall(r'<option value="([^"]*)" selected', html)


def test_the_page_shows_what_is_known_and_how_to_change_it(owner: Person) -> None:
    page = owner.page("/details")
    assert "How Harbor Yoga reaches you" in page and owner.customer.email in page
    for path in ("change/name", "change/email", "change/phone", "address/billing", "address/shipping"):
        assert f'href="{owner.base}/details/{path}"' in page
        assert owner.get(f"/details/{path}").status_code == 200
    assert page.count("Not given") == 2 and "Same as billing" in page


def test_an_address_is_written_and_shown(owner: Person) -> None:
    form = owner.get(BILLING).text
    assert 'autocomplete="billing street-address"' in _input(form, "street")
    assert 'autocomplete="billing postal-code" required' in _input(form, "postcode")
    assert _chosen(form) == ["US"], "the merchant's country to begin with"
    answer = owner.post(BILLING, **PORTLAND, drawn="US")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{owner.base}/details")
    page = owner.page("/details")
    assert "Your billing address is saved." in page
    assert "<bdi>12 Quay Street</bdi><br><bdi>Portland, ME 04101</bdi><br><bdi>United States</bdi>" in page
    assert _chosen(owner.get(BILLING).text) == ["US", "ME"]


def test_another_country_redraws_the_form_and_keeps_what_was_typed(owner: Person) -> None:
    typed = {**PORTLAND, "name": "Alex نور", "country": "DE", "drawn": "US"}
    for press in ({"act": "country"}, {}):  # the button, and *Save* with a country that has not been drawn yet
        answer = owner.post(BILLING, **typed, **press)
        assert answer.status_code == 200 and "This is how addresses in Germany are written." in answer.text
        html = answer.text
        assert html.index('id="postcode"') < html.index('id="city"') and 'id="region"' not in html
        assert 'value="Alex نور"' in html and "12 Quay Street</textarea>" in html
        assert '<input type="hidden" name="region" value="ME">' in html, "nothing is lost on the way back"
        assert "aria-invalid" not in html
    assert Address.select().count() == 0
    assert 'value="ME" selected' in owner.post(BILLING, **{**typed, "country": "US"}, act="country").text


def test_what_is_wrong_is_said_at_its_field(owner: Person) -> None:
    answer = owner.post(BILLING, country="US", drawn="US", street="s" * 10_000, city="Portland 🏖️")
    assert answer.status_code == 422 and "use at most 300 characters" in answer.text and "s" * 10_000 in answer.text
    answer = owner.post(BILLING, country="US", drawn="US", city="Portland 🏖️", postcode="0")
    html = answer.text
    assert answer.status_code == 422 and "Some things need a change" in html and "autofocus" in html
    for name in ("street", "region", "postcode"):
        assert 'aria-invalid="true"' in _input(html, name) and f"{name}-error" in _input(html, name)
        assert f'id="{name}-error"' in html and f'href="#{name}"' in html
    assert 'aria-describedby="postcode-error postcode-hint"' in _input(html, "postcode")
    assert "aria-invalid" not in _input(html, "city") and 'value="Portland 🏖️"' in html


def test_enter_saves_and_does_not_change_the_country(owner: Person) -> None:
    """Enter presses a form's first button."""
    form = owner.get(BILLING).text
    buttons = re.findall(r"<button([^>]*)>", form[form.index('name="drawn"') :])
    assert 'name="act"' not in buttons[0] and 'name="act"' in buttons[1] and "formnovalidate" in buttons[1]


def test_scripts_in_an_address_are_text(owner: Person) -> None:
    owner.post(BILLING, **{**PORTLAND, "drawn": "US", "name": "<script>alert(1)</script>"})
    for html in (owner.page("/details"), owner.get(BILLING).text):
        assert "<script>alert" not in html and "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_shipping_is_its_own_until_it_is_the_same_again(owner: Person) -> None:
    owner.post(BILLING, **PORTLAND, drawn="US")
    boston = {"street": "1 Milk Street", "city": "Boston", "region": "MA", "postcode": "02109", "country": "US"}
    assert 'autocomplete="shipping country"' in owner.get("/details/address/shipping").text
    owner.post("/details/address/shipping", **boston, drawn="US")
    assert "Boston, MA 02109" in owner.page("/details")
    owner.post("/details/address/shipping/remove")
    page = owner.page("/details")
    assert "Boston" not in page and "Portland, ME" in page and "Same as billing" in page


def test_each_sees_and_writes_only_their_own(
    owner: Person, colleague: Person, stranger: Person, house: Merchant
) -> None:
    owner.post(BILLING, **PORTLAND, drawn="US")
    for other in (colleague, stranger):
        assert "Quay Street" not in other.page("/details") and "Quay Street" not in other.get(BILLING).text
        other.post(BILLING, **{**PORTLAND, "city": "Elsewhere"}, drawn="US")
    assert stranger.get(f"{owner.base}{BILLING}").status_code == 303
    assert stranger.post(f"{owner.base}{BILLING}", **PORTLAND, drawn="US").status_code == 303
    assert Address.get(Address.customer == owner.customer).city == "Portland"
    Access.create(account=colleague.account, customer=owner.customer, source="staff", granted_at=house.created_at)
    Session.update(customer=owner.customer).where(Session.account == colleague.account).execute()
    assert "Quay Street" in colleague.page("/details"), "somebody who may act for the record"
    colleague.post(BILLING, **{**PORTLAND, "city": "Bangor"}, drawn="US")
    assert Address.get(Address.customer == owner.customer).city == "Bangor"


def test_an_address_of_an_import_is_shown_and_can_be_corrected(owner: Person) -> None:
    Address.create(customer=owner.customer, street="12 Quay Street", city="Portland", region="ME", postcode="04101")
    assert Address.get().kind == AddressKind.BILLING and "Portland, ME 04101" in owner.page("/details")
    assert _chosen(owner.get(BILLING).text) == ["US", "ME"]


def test_without_the_forms_token_nothing_changes(owner: Person) -> None:
    for path in (BILLING, "/details/change/phone", "/details/address/shipping/remove"):
        assert owner.client.post(owner.base + path, data={**PORTLAND, "drawn": "US", "wanted": "x"}).status_code == 400
    assert Address.select().count() == 0


def test_a_name_of_another_record_is_not_shown(owner: Person) -> None:
    factory.customer(owner.customer.merchant, name="Somebody Else", email="else@example.com")
    assert Customer.select().count() == 2 and "Somebody Else" not in owner.get("/details/change/email").text
