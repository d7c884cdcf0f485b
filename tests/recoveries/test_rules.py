"""The rule files are dated, sourced and whole; the verdict follows them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from domain.recoveries import ceiling
from domain.recoveries.declines import Verdict, blocks_account, group, reason, verdict
from domain.recoveries.rulebook import FOLDER, NETWORKS, Again, rules
from domain.reports.terms import term

TODAY = date(2026, 11, 23)


def judged(code: str, on: date = TODAY, **more: str) -> Verdict:
    return verdict(code, on=on, **more)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_file_is_checked_sourced_and_whole(name: str) -> None:
    book = rules(name)
    assert book.network == name and date(2026, 1, 1) < book.checked <= date(2027, 12, 31)
    assert book.sources and all(each.document and each.read for each in book.sources.values())
    assert all(each.url.startswith("https://") for each in book.sources.values())
    dated: list[Any] = [*book.codes.values(), *book.advice.values(), *book.limits, *book.levels]
    assert dated and {each.source for each in dated} <= set(book.sources)
    assert book.represent is None or book.represent.source in book.sources


def test_no_file_is_left_out() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(NETWORKS)
    for path in FOLDER.glob("*.json"):
        assert {"network", "checked", "sources"} <= set(json.loads(path.read_text()))


def test_visas_four_categories() -> None:
    never = "04 07 12 14 15 41 43 46 57 R0 R1 R3".split()
    later = "03 19 39 51 52 53 59 61 62 65 75 78 83 86 91 93 96 5C 9G N3 N4 Z5".split()
    fix = "54 55 82 6P N7".split()
    found = {code: rule.again for code, rule in rules("visa").codes.items()}
    assert found == {
        **dict.fromkeys(never, Again.NEVER),
        **dict.fromkeys(later, Again.LATER),
        **dict.fromkeys(fix, Again.NEW_DETAILS),
    }
    assert all(judged("generic_decline", network_code=code, brand="visa").hard for code in [*never, *fix])
    assert not any(judged("generic_decline", network_code=code, brand="visa").hard for code in [*later, "05", "01"])
    assert not judged("generic_decline", network_code="41", brand="amex").hard, "Visa's rule is for Visa"


def test_a_rule_begins_on_its_day() -> None:
    book = rules("visa")
    assert book.rule("83", date(2026, 7, 24)) is None
    assert book.rule("83", date(2026, 7, 25)) is not None


def test_stripes_nine_hard_codes_and_what_is_not_on_the_list() -> None:
    nine = """incorrect_number lost_card pickup_card stolen_card revocation_of_authorization
        revocation_of_all_authorizations authentication_required highest_risk_level transaction_not_allowed""".split()
    assert [code for code, rule in rules("stripe").codes.items() if rule.source == "smart_retries"] == nine
    assert all(verdict(code, on=date.max).hard for code in nine)
    soft = ("do_not_honor", "insufficient_funds", "generic_decline", "never_heard_of")
    assert not any(verdict(code, on=date.max).hard for code in soft)


def test_mastercards_advice_waits_or_ends() -> None:
    hours = {"24": 1, "25": 24, "26": 48, "27": 96, "28": 144, "29": 192, "30": 240}
    for code, wait in hours.items():
        soft = judged("insufficient_funds", advice=code, brand="mastercard")
        assert (soft.hard, soft.wait) == (False, timedelta(hours=wait))
    assert all(judged("insufficient_funds", advice=code, brand="mastercard").hard for code in ("03", "21"))
    assert not judged("insufficient_funds", advice="03", brand="visa").hard, "Mastercard's advice is for Mastercard"


def test_case_26_new_account_data_mark_the_old_number() -> None:
    old = judged("generic_decline", advice="01", brand="mastercard")
    assert (old.hard, old.ends_method, old.code) == (True, True, "new_account_information_available")
    assert "replaced by a new card" in reason(old.code, method="Mastercard ending 4444").sentence


@pytest.mark.parametrize("advice", ["40", "41"])
def test_case_29_prepaid_and_single_use_cards_cannot_be_charged_regularly(advice: str) -> None:
    card = judged("insufficient_funds", advice=advice, brand="mastercard")
    assert (card.hard, card.reason) == (True, "prepaid")
    assert "cannot be charged regularly" in reason(card.code, method="Mastercard ending 4444").sentence


def test_only_r01_and_r09_come_again_and_the_others_close_the_account() -> None:
    codes = rules("nacha").codes
    assert {code for code in codes if not judged(code).hard} == {"R01", "R09"}
    assert all(blocks_account(code) for code in ("R02", "R03", "R04", "R16", "R20")), "case 46"
    assert {code for code in codes if judged(code).voids_mandate} >= {"R05", "R07", "R08", "R10", "R29"}
    assert judged("R77").hard and blocks_account("R77"), "a code that nobody knows"
    again = rules("nacha").represent
    assert again is not None
    assert (again.times, again.within.days, again.same_amount) == (2, 180, True)
    assert [(each.counts_as, each.basis_points) for each in rules("nacha").levels] == [
        ("unauthorized", 50), ("administrative", 300), ("all", 1500),
    ]  # fmt: skip


def test_a_wish_to_confirm_is_hard_but_does_not_end_the_card() -> None:
    confirm = judged("authentication_required")
    assert (confirm.hard, confirm.ends_method, confirm.reason) == (True, False, "confirm")


def test_every_family_has_words() -> None:
    unknown = reason("never_heard_of", method="X").short
    for name in ("stripe", "nacha"):
        for code in rules(name).codes:
            if group(code) != "declined":
                assert reason(code, method="X").short != unknown, code
                assert term(code).meaning != term("never_heard_of").meaning, code


def test_the_limits_are_those_of_the_files() -> None:
    assert [(each.declines, each.within) for each in ceiling.limits("visa")] == [(20, timedelta(days=30))]
    assert [(each.declines, each.within) for each in ceiling.limits("mastercard")] == [
        (10, timedelta(days=1)), (35, timedelta(days=30)),
    ]  # fmt: skip
    assert ceiling.limits("jcb") == ceiling.limits("visa")
