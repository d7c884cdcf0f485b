"""Looking for purchases means the same in both stores: letters small or capital, wildcards standing for themselves."""

from __future__ import annotations

import pytest

from domain.orders.queries import purchases
from domain.orders.search import read_form
from kit.clock import Stopped
from tests import factory

pytestmark = pytest.mark.usefixtures("store")


def test_words_are_found_alike_in_both_stores(clock: Stopped) -> None:
    owner = factory.customer(factory.merchant())
    other = factory.customer(owner.merchant)
    for title in ("Öl 100% rein", "Back\\slash_1", "plain"):
        factory.order(owner, 1000, title=title)
        factory.order(other, 1000, title=title)
    looked = {
        "öl": ["Öl 100% rein"],
        "ÖL": ["Öl 100% rein"],
        "100% R": ["Öl 100% rein"],
        "%": ["Öl 100% rein"],
        "_": ["Back\\slash_1"],
        "k\\S": ["Back\\slash_1"],
        "PLA": ["plain"],
        "p%n": [],
        "' OR 1=1 --": [],
    }
    for words, titles in looked.items():
        wanted = read_form({"q": words}, currency="USD").wanted
        found = purchases(owner.id, wanted, zone="UTC")
        assert [each.title for each in found.rows] == titles, words
        assert found.count == len(titles)


def test_amounts_are_reckoned_in_each_currency(clock: Stopped) -> None:
    owner = factory.customer(factory.merchant())
    factory.order(owner, 5000, title="Fifty dollars")
    factory.order(owner, 5000, title="Five thousand yen", currency="JPY")
    factory.order(owner, 5000, title="Five dinars", currency="KWD")

    def between(least: str, most: str) -> set[str]:
        wanted = read_form({"min": least, "max": most}, currency="USD").wanted
        return {each.title for each in purchases(owner.id, wanted, zone="UTC").rows}

    assert between("10", "50.00") == {"Fifty dollars"}
    assert between("50.01", "") == {"Five thousand yen"}
    assert between("", "5") == {"Five dinars"}
