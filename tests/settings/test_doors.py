"""Who may what in the settings, and that nobody sees another merchant's."""

from __future__ import annotations

import pytest

from domain.merchants.portal_address import RESERVED
from tests.settings.conftest import House

PAGES = {  # path: who may look, who may send
    "/business": ("viewer", "manager"),
    "/business/address": ("owner", "owner"),
    "/design": ("viewer", "manager"),
    "/mails": ("viewer", None),
    "/mails/receipt": ("viewer", "manager"),
    "/portal": ("viewer", "manager"),
    "/retries": ("viewer", "owner"),
    "/payments": ("owner", "owner"),
}
RANK = ("viewer", "manager", "owner")


def test_role_by_role(house: House) -> None:
    for path, (looks, sends) in PAGES.items():
        for role in RANK:
            looked = house.get(role, path).status_code
            assert looked == (200 if RANK.index(role) >= RANK.index(looks) else 403), (path, role)
        for role in RANK if sends else ():
            sent = house.post(role, path, of="/mails").status_code
            assert (sent == 403) == (RANK.index(role) < RANK.index(sends)), (path, role, sent)
        assert house.get("stranger", path).status_code in (302, 303, 404, 403), path
    for path in ("/mails/nothing", "/mails/staff_password", "/mails/dispute"):
        assert house.get("owner", path).status_code == 404


def test_a_viewer_is_shown_no_button(house: House) -> None:
    for path in ("/business", "/design", "/mails/receipt", "/portal", "/retries"):
        shown = house.get("viewer", path).text
        assert "You can look at this." in shown and 'class="btn btn-brand"' not in shown, path


@pytest.mark.parametrize("slug", ["sign-in", "settings", "Harbor_1", "-x", "a" * 41, ""])
def test_no_address_that_is_ours_or_none(house: House, slug: str) -> None:
    answer = house.post("owner", "/business/address", slug=slug)
    assert answer.status_code == 422 and house.now().slug == "harbor"


def test_every_word_under_merchant_is_reserved(house: House) -> None:
    words = {
        rule.rule.split("/")[2] for rule in house.server.url_map.iter_rules() if rule.rule.startswith("/merchant/")
    }
    assert {word for word in words if not word.startswith("<")} <= RESERVED
