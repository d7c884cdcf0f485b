"""A merchant's look: what may be a link, what is kept, what every page, mail and command makes of it."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image

import manage
from domain.events.record import Actor
from domain.mail.dress import message
from domain.mail.letter import Envelope, Letter
from domain.merchants.facts import merchant_facts
from domain.merchants.logo import logo_of, set_logo
from domain.merchants.look import checked_link, set_look
from kit.clock import utc_now
from kit.errors import DomainError
from models.merchants import Merchant
from sandbox.inbox.letters import Letters
from tests import factory
from tests.served import portal

pytestmark = pytest.mark.usefixtures("clock")
LINKS = {
    "website": "https://harbor.example.com",
    "help_url": "mailto:help@harbor.example.com",
    "terms_url": "https://harbor.example.com/terms?v=2",
    "privacy_url": "https://harbor.example.com/privacy",
}


@pytest.fixture
def house(sqlite_store: str) -> Merchant:
    return factory.merchant("harbor", name="Harbor Yoga", contact_phone="(555) 010-0100", hours="Weekdays 9 to 5")


@pytest.fixture
def client(house: Merchant) -> FlaskClient:
    return portal().test_client()


def _logo(size: tuple[int, int] = (64, 64)) -> bytes:
    kept = BytesIO()
    Image.new("RGB", size, (15, 92, 92)).save(kept, "PNG")
    return kept.getvalue()


@pytest.mark.parametrize("text", ["", "https://a.example", "https://a.example:8443/x?y=1#z", "mailto:a@b.example"])
def test_a_link_may_be_https_or_mailto(text: str) -> None:
    assert checked_link(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "http://a.example",
        "//a.example",
        "/terms",
        "a.example",
        "https://",
        "https://localhost",
        "https://user:pass@a.example",
        "https://a.example/\" onclick=\"alert(1)",
        "https://a.example/\nSet-Cookie: x",
        "https://a.example\\@b.example",
        "https://a.example:99999",
        "https://[a.example",
        "https://пример.example",
        "mailto:",
        "mailto:a@b.example?body=x",
        "https://a.example/" + "x" * 200,
    ],
)  # fmt: skip
def test_any_other_link_is_refused_in_words(text: str) -> None:
    with pytest.raises(DomainError, match="cannot be a link here"):
        checked_link(text)


def test_a_look_is_kept_whole_or_not_at_all(house: Merchant) -> None:
    notes = set_look(
        merchant=house.id, actor=Actor.COMMAND, changes={**LINKS, "brand": "#FFEE00", "hours": " 9\nto 5 "}
    )
    facts = merchant_facts("harbor")
    assert facts is not None and {name: getattr(facts, name) for name in LINKS} == LINKS
    assert (facts.brand, facts.hours, facts.name) == ("#ffee00", "9 to 5", "Harbor Yoga")
    assert any("too pale" in note for note in notes)
    for name, text in {
        "website": "javascript:alert(1)",
        "brand": "red",
        "name": " ",
        "contact_email": "nobody",
        "hours": "x" * 121,
    }.items():
        with pytest.raises(DomainError) as refused:
            set_look(merchant=house.id, actor=Actor.COMMAND, changes={"contact_phone": "1", name: text})
        assert refused.value.field == name
    assert merchant_facts("harbor") == facts


def test_a_stored_link_that_we_would_refuse_reaches_no_page(house: Merchant, client: FlaskClient) -> None:
    Merchant.update(website="javascript:alert(1)", terms_url="http://a.example").execute()
    page = client.get("/p/harbor/sign-in").text
    assert "javascript:" not in page and "a.example" not in page.replace(house.contact_email, "")


def test_every_page_of_a_merchant_says_how_to_reach_it(house: Merchant, client: FlaskClient) -> None:
    set_look(merchant=house.id, actor=Actor.COMMAND, changes=LINKS)
    page = client.get("/p/harbor/sign-in").text
    foot = page[page.index("<footer") :]
    for link in (*LINKS.values(), f"mailto:{house.contact_email}", "tel:5550100100"):
        assert f'href="{link}"' in foot
    assert "Weekdays 9 to 5" in foot and "Harbor Yoga" in foot
    assert "<footer" not in client.get("/merchant/sign-in").text


def test_the_logo_is_served_for_good_under_its_digest_only(house: Merchant, client: FlaskClient) -> None:
    before = client.get("/p/harbor/sign-in").text
    assert "logo large" in before and "/logo/" not in before
    set_logo(merchant=house.id, file=_logo(), actor=Actor.COMMAND)
    facts = merchant_facts("harbor")
    address = f"/p/harbor/logo/{facts.logo}.png"
    assert f'src="{address}"' in client.get("/p/harbor/sign-in").text
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", logo_of(house.id))
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and "immutable" in answer.headers["Cache-Control"]
    for wrong in (address.replace("harbor", "other"), "/p/harbor/logo/x.png", address.replace(".png", ".svg")):
        assert client.get(wrong).status_code == 404


def test_a_mail_brings_its_logo_along_and_says_the_name_without_it(house: Merchant) -> None:
    set_look(merchant=house.id, actor=Actor.COMMAND, changes=LINKS)
    letter = Letter(subject="Hello", heading="Hello", first=("Something happened.",), why="You are a customer.")

    def sent() -> EmailMessage:
        envelope = Envelope({}, "ann@example.com", "Ann Lee", merchant_facts("harbor"))
        made = message(letter, envelope, mail_id="1", made_at=utc_now())
        return message_from_bytes(made.as_bytes(), policy=policy.default)

    plain = sent()
    assert [part.get_content_type() for part in plain.walk()][1:] == ["text/plain", "text/html"]
    set_logo(merchant=house.id, file=_logo((96, 48)), actor=Actor.COMMAND)
    made = sent()
    assert made.as_bytes() == sent().as_bytes(), "the same mail again is the same bytes"
    kinds = [part.get_content_type() for part in made.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    page, image = made.get_body(("html",)).get_content(), list(made.walk())[-1]
    assert f'src="cid:{image["Content-ID"].strip("<>")}"' in page and image.get_content_disposition() == "inline"
    assert image.get_content() == logo_of(house.id)
    assert "<bdi>Harbor Yoga</bdi>" in page and 'width="80" height="40"' in page
    text = made.get_body(("plain",)).get_content()
    assert "Harbor Yoga" in text and LINKS["terms_url"] in page and f"Terms: {LINKS['terms_url']}" in text


def test_the_inbox_shows_the_picture_that_a_mail_brought(house: Merchant, tmp_path: Path) -> None:
    set_logo(merchant=house.id, file=_logo(), actor=Actor.COMMAND)
    letter = Letter(subject="Hello", heading="Hello", first=("Hi.",), why="You are a customer.")
    envelope = Envelope({}, "ann@example.com", "Ann Lee", merchant_facts("harbor"))
    letters = Letters(tmp_path / "inbox.db")
    letters.keep(message(letter, envelope, mail_id="1", made_at=utc_now()).as_bytes(), ["ann@example.com"])
    (kept,) = letters.newest()
    letters.close()
    assert "cid:" not in kept.html and "data:image/png;base64,iVBOR" in kept.html


def test_the_command_says_what_it_adjusted_and_keeps_nothing_that_is_refused(
    house: Merchant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "logo.png", tmp_path / "logo.svg"
    good.write_bytes(_logo())
    bad.write_text("<svg/>")
    look = ["look", "--slug", "harbor"]
    assert manage.main([*look, "--brand", "#ffee00", "--logo", str(good), "--preview"]) == 0
    assert "too pale" in capsys.readouterr().out and merchant_facts("harbor").logo == ""
    assert manage.main([*look, "--brand", "#ffee00", "--logo", str(bad)]) == 2
    assert "not a picture" in capsys.readouterr().err and merchant_facts("harbor").brand != "#ffee00"
    assert manage.main([*look, "--logo", str(tmp_path / "none.png")]) == 2
    assert manage.main([*look, "--brand", "#ffee00", "--logo", str(good), "--website", LINKS["website"]]) == 0
    facts = merchant_facts("harbor")
    assert facts.logo and (facts.brand, facts.website) == ("#ffee00", LINKS["website"])
    assert manage.main([*look, "--logo", "", "--website", ""]) == 0
    assert merchant_facts("harbor").logo == merchant_facts("harbor").website == ""
