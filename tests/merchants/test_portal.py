"""The command that says what a merchant's customers may do by themselves."""

from __future__ import annotations

import manage
from models.merchants import Merchant
from models.work import Event
from tests.accounts import people


def test_switches_are_shown_and_turned_one_by_one(sqlite_store, clock, monkeypatch, capsys):
    shop = people.merchant()
    monkeypatch.setattr("commands.portal.with_store", lambda: None)
    assert manage.main(["portal", "--slug", "harbor"]) == 0
    assert capsys.readouterr().out.split() == "sign in links on own contact off".split()
    for _twice in range(2):
        assert manage.main(["portal", "--slug", "harbor", "--sign-in-links", "off"]) == 0
    assert manage.main(["portal", "--slug", "harbor", "--own-contact", "on"]) == 0
    assert capsys.readouterr().out.split()[-7:] == "sign in links off own contact on".split()
    row = Merchant.get_by_id(shop.id)
    assert (row.sign_in_links, row.own_contact) == (False, True)
    assert [event.facts for event in Event.select()] == ['{"sign_in_links": 0}', '{"own_contact": 1}']
    assert manage.main(["portal", "--slug", "nowhere"]) == 2
