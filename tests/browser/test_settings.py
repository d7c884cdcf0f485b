"""The settings in a browser: a design is seen before it is kept, a mail gets other words, an account is connected."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from dashboard import cookies
from domain.accounts import sessions
from domain.accounts.viewer import Audience
from models.base import unit_of_work
from models.merchants import GatewayAccount, Logo, MailText, Merchant
from tests import factory
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser
BOTH = pytest.mark.parametrize("width", [360, 1440])


def at_settings(window: Callable[..., Visit], width: int, theme: str = "light", scripts: bool = True) -> Visit:
    """The owner of Harbor Yoga, signed in a moment ago."""
    house = factory.merchant("harbor", name="Harbor Yoga", hours="weekdays 9 to 5")
    visit = window(width, theme, scripts)
    owner = factory.staff(of=house)
    with unit_of_work():
        token = sessions.open_session(staff=owner.id)
    name = cookies.name_of(Audience.STAFF)
    visit.page.context.add_cookies([{"name": name, "value": token, "url": visit.origin}])
    return visit


def logo() -> bytes:
    made = Image.new("RGBA", (240, 80), (0, 0, 0, 0))
    ImageDraw.Draw(made).ellipse((4, 4, 76, 76), fill="#7a2e8a")
    ImageDraw.Draw(made).rectangle((90, 30, 236, 50), fill="#7a2e8a")
    kept = BytesIO()
    made.save(kept, "PNG")
    return kept.getvalue()


@BOTH
def test_a_design_is_seen_before_it_is_kept(window: Callable[..., Visit], clock: object, width: int) -> None:
    visit = at_settings(window, width)
    page = visit.go("/merchant/harbor/settings")
    visit.check(f"settings-{width}")
    page.get_by_role("link", name="Design").click()
    portal, mail = page.frame_locator("iframe[data-page=portal]"), page.frame_locator("iframe[data-page=mail]")
    expect(portal.get_by_role("heading", name="You owe Harbor Yoga")).to_be_visible()
    expect(portal.get_by_role("button", name="Pay now")).to_have_css("background-color", "rgb(15, 92, 92)")
    page.get_by_label("Colour", exact=True).fill("#7a2e8a")
    expect(portal.get_by_role("button", name="Pay now")).to_have_css("background-color", "rgb(122, 46, 138)")
    page.get_by_label("Picture").set_input_files({"name": "logo.png", "mimeType": "image/png", "buffer": logo()})
    expect(portal.locator("header .plate img").first).to_be_visible()
    expect(mail.locator(".plate img")).to_be_visible()
    page.get_by_label("Colour", exact=True).fill("#ffe100")
    expect(page.get_by_text("is too pale to read on white")).to_be_visible()
    assert Merchant.get(Merchant.slug == "harbor").brand == "#0f5c5c", "nothing is kept yet"
    visit.check(f"settings-design-{width}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: colour and logo.")).to_be_visible()
    assert Logo.select().count() == 1 and Merchant.get(Merchant.slug == "harbor").brand == "#ffe100"


@BOTH
def test_a_mail_gets_other_words(window: Callable[..., Visit], clock: object, width: int) -> None:
    visit = at_settings(window, width, theme="dark" if width == 360 else "light")
    page = visit.go("/merchant/harbor/settings/mails")
    visit.check(f"settings-mails-{width}")
    page.get_by_role("link", name="Payment failed").click()
    page.wait_for_load_state("load")  # the script that draws the preview listens by then
    page.get_by_label("Subject").fill("We need you, {customer}")
    page.get_by_label("Opening words").fill("No worry: this is put right in a minute.")
    expect(page.get_by_role("heading", name="We need you, Alex Morgan")).to_be_visible()
    shown = page.frame_locator("iframe[data-page=page]")
    expect(shown.get_by_text("No worry: this is put right in a minute.", exact=True).last).to_be_visible()
    visit.check(f"settings-mail-{width}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Letters that leave from now on carry it.")).to_be_visible()
    assert MailText.get().subject == "We need you, {customer}"


@BOTH
def test_an_account_is_connected(window: Callable[..., Visit], clock: object, width: int) -> None:
    visit = at_settings(window, width)
    GatewayAccount.delete().execute()
    page = visit.go("/merchant/harbor/settings")
    expect(page.get_by_text("Nobody can pay")).to_be_visible()
    page.get_by_role("link", name="Payments", exact=True).click()
    page.get_by_label("Secret key").fill("pk_test_wrong")
    page.get_by_role("button", name="Check and connect").click()
    expect(page.get_by_role("link", name="This is the publishable key.")).to_be_visible()
    assert page.get_by_label("Secret key").input_value() == ""
    visit.said.clear()  # the browser notes that the form was refused
    page.get_by_label("Secret key").fill("rk_test_harbor")
    page.get_by_role("button", name="Check and connect").click()
    expect(page.get_by_text("answered with this key")).to_be_visible()
    page.get_by_label("Signing secret").fill("whsec_one")
    page.get_by_role("button", name="Keep the secret").click()
    expect(page.get_by_text("No event yet")).to_be_visible()
    visit.check(f"settings-payments-{width}")


def test_the_forms_at_both_widths(window: Callable[..., Visit], clock: object) -> None:
    visit = at_settings(window, 1440)
    for width in (1440, 360):
        visit.page.set_viewport_size({"width": width, "height": 800})
        for path in ("business", "business/address", "portal", "retries"):
            visit.go(f"/merchant/harbor/settings/{path}")
            visit.check(f"settings-{path.replace('/', '-')}-{width}")
    visit.page.get_by_role("button", name="Show what it would do").click()
    expect(visit.page.get_by_text("there is nothing to compare with")).to_be_visible()
    visit.check("settings-retries-shown-360")


def test_without_scripts_a_button_previews(window: Callable[..., Visit], clock: object) -> None:
    visit = at_settings(window, 1440, scripts=False)
    page = visit.page
    page.goto(visit.origin + "/merchant/harbor/settings/design")
    page.get_by_label("Colour", exact=True).fill("#7a2e8a")
    page.get_by_role("button", name="Preview").click()
    portal = page.frame_locator("iframe[data-page=portal]")
    expect(portal.get_by_role("button", name="Pay now")).to_have_css("background-color", "rgb(122, 46, 138)")
