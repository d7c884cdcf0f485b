"""Every save: an event, a sentence that says what changed, errors at their fields, and nothing typed is lost."""

from __future__ import annotations

import io
import json
from html import unescape

import pytest
from PIL import Image

from domain.merchants.policy import policy_of
from models.base import unit_of_work
from models.merchants import Logo, MerchantPolicy
from models.work import Event
from tests import factory
from tests.pages.console import counted, drawn
from tests.settings.conftest import House, events, fields


def picture(size: tuple[int, int] = (90, 40), kind: str = "PNG", colour: str = "#224466") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, kind)
    return made.getvalue()


def test_the_index_says_how_it_stands(house: House) -> None:
    client = house.browser("viewer")
    with counted() as asked:
        shown = drawn(client, house.at("")).text
    for words in ("Harbor Yoga", "8 tries within 27 days", "test mode", "Our words", "3 people"):
        assert words in shown, words
    assert "settings\\u002fbusiness" in shown and "settings\\u002fpayments" not in shown, "payments are the owner's"
    assert len([sql for sql in asked if sql.startswith("SELECT")]) <= 2 * 12  # the page and its one callback


def test_business(house: House) -> None:
    sent = house.post("manager", "/business", name="Harbor Yoga and Spa", postal_address="12 Quay St\n\n Portland ME ")
    assert sent.status_code == 303
    assert (house.now().name, house.now().postal_address) == ("Harbor Yoga and Spa", "12 Quay St\nPortland ME")
    assert events() == ["business.changed"]
    assert json.loads(Event.get(Event.kind == "business.changed").facts) == {"what": "name,postal_address"}
    wrong = house.post(
        "manager", "/business", name="", contact_email="no", zone="Mars/Base", website="javascript:x", hours="kept"
    )
    assert wrong.status_code == 422 and house.now().name == "Harbor Yoga and Spa"
    for field in ("name", "contact_email", "zone", "website"):
        assert f'id="{field}-error"' in wrong.text, field
    assert 'value="kept"' in wrong.text and 'value="javascript:x"' in wrong.text


def test_the_second_of_two_is_told_and_loses_nothing(house: House) -> None:
    client = house.browser("owner")
    opened = client.get(house.at("/business"))
    assert house.post("manager", "/business", hours="weekdays 8 to 4").status_code == 303
    late = house.send(client, opened, "/business", name="Harbor", hours="weekends")
    assert late.status_code == 409 and house.now().hours == "weekdays 8 to 4"
    assert "Somebody else saved first" in late.text and "weekdays 8 to 4" in late.text
    assert fields(late.text)["hours"] == "weekends" and fields(late.text)["name"] == "Harbor"
    assert house.send(client, late, "/business").status_code == 303, "seen, it is saved"
    assert (house.now().name, house.now().hours) == ("Harbor", "weekends")


def test_the_currency_is_the_owners_until_something_is_billed(house: House) -> None:
    assert house.post("manager", "/business", currency="EUR").status_code == 422
    assert house.post("owner", "/business", currency="EUR").status_code == 303 and house.now().currency == "EUR"
    factory.order(factory.customer(house.merchant), 100, currency="EUR")
    shown = house.get("owner", "/business").text
    assert 'name="currency"' not in shown and "Something was billed already" in shown
    assert house.post("owner", "/business", currency="USD").status_code == 422 and house.now().currency == "EUR"


def test_switches(house: House) -> None:
    assert house.post("manager", "/portal", part_floor="25.00", promise_days="7", own_contact="1").status_code == 303
    policy = policy_of(house.merchant.id)
    assert (policy.part_floor, policy.promise_days, house.now().own_contact) == (2500, 7, True)
    assert events() == ["policy.changed", "portal.changed"]
    wrong = house.post("manager", "/portal", part_floor="lots", promise_days="99")
    assert wrong.status_code == 422 and 'id="part_floor-error"' in wrong.text and 'value="lots"' in wrong.text
    assert 'id="promise_days-error"' in wrong.text and policy_of(house.merchant.id) == policy


def test_a_policy_is_shown_before_it_is_kept(house: House) -> None:
    client = house.browser("owner")
    shown = house.send(client, client.get(house.at("/retries")), "/retries", tries="3", spacing="2, 4, 9", act="show")
    assert shown.status_code == 200 and "so there is nothing to compare with" in shown.text
    assert policy_of(house.merchant.id).tries == 8
    other = house.send(client, shown, "/retries", tries="4", act="save")
    assert other.status_code == 200 and policy_of(house.merchant.id).tries == 8, "what is kept has been shown"
    assert house.send(client, shown, "/retries", act="save").status_code == 303
    policy = policy_of(house.merchant.id)
    assert (policy.tries, policy.spacing, events()) == (3, (2, 4, 9), ["policy.changed"])
    wrong = house.post("owner", "/retries", tries="21", spacing="5,3", bank_tries="3", act="show")
    assert wrong.status_code == 422
    assert 'id="tries-error"' in wrong.text and 'id="bank_tries-error"' in wrong.text
    assert 'value="5,3"' in wrong.text


def test_two_people_and_one_policy(house: House) -> None:
    client = house.browser("owner")
    shown = house.send(client, client.get(house.at("/retries")), "/retries", tries="3", act="show")
    with unit_of_work():
        MerchantPolicy.update(tries=5).where(MerchantPolicy.merchant == house.merchant).execute()
    late = house.send(client, shown, "/retries", act="save")
    assert late.status_code == 409 and policy_of(house.merchant.id).tries == 5 and fields(late.text)["tries"] == "3"


def test_design_is_seen_before_it_is_kept(house: House) -> None:
    client = house.browser("manager")
    opened = client.get(house.at("/design"))
    logo = (io.BytesIO(picture()), "logo.png")
    seen = house.send(client, opened, "/design", brand="#ffee00", act="preview", logo=logo)
    assert seen.status_code == 200 and "is too pale to read on white" in seen.text
    assert house.now().brand == "#0f5c5c" and not Logo.select().exists(), "nothing is kept by a preview"
    frames = unescape(seen.text)
    for words in ("Alex Morgan", "R-SAMP7E00", "did not go through", "data:image/png;base64,"):
        assert words in frames, words
    kept = house.send(client, seen, "/design", act="save")  # the file itself is not chosen again
    assert kept.status_code == 303 and house.now().brand == "#ffee00"
    assert Logo.get().merchant_id == house.merchant.id and events() == ["look.changed", "logo.changed"]
    again = house.post("manager", "/design", without_logo="1", act="save")
    assert again.status_code == 303 and not Logo.select().exists()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"<svg onload=alert(1)>", "not a picture we can read"),
        (b"GIF89a" + bytes(400), "not a picture we can read"),
        (picture()[:60], "not a picture we can read"),
        (picture((5000, 20)), "too large"),
        (picture((10, 10)), "too small"),
        (bytes(3 * 1024 * 1024), "2 MB at most"),
    ],
)
def test_the_worst_files_are_refused_in_words(house: House, file: bytes, words: str) -> None:
    sent = house.post("manager", "/design", act="save", brand="#123456", logo=(io.BytesIO(file), "x.png"))
    assert sent.status_code == 422 and words in sent.text and 'id="logo-error"' in sent.text
    assert fields(sent.text)["brand"] == "#123456" and house.now().brand != "#123456"


def test_the_script_of_the_page_gets_pages(house: House) -> None:
    client = house.browser("manager")
    opened = client.get(house.at("/design"))
    pages = house.send(client, opened, "/design/preview", brand="#aa0000").json
    assert set(pages) == {"portal", "portal-dark", "mail", "receipt", "notes"} and "#aa0000" in pages["portal"]
    assert house.send(client, opened, "/design/preview", brand="red").json == {
        "notes": ["“red” is not a colour. Write it like #0f5c5c."]
    }


def test_the_postal_address_stands_where_it_is_said_to(house: House) -> None:
    house.post("manager", "/business", postal_address="12 Quay St\nPortland ME")
    frames = unescape(house.get("manager", "/design").text)
    assert "Harbor Yoga</bdi>, <bdi>12 Quay St, Portland ME" in frames, "in mails"
    assert '<div class="small muted">12 Quay St</div>' in frames, "on receipts"
