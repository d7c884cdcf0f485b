"""The catalogues say all that the source says, in every form, with the same placeholders."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog

from kit import i18n
from kit.i18n import _, ngettext, speaking
from tests.i18n import catalogs


@pytest.mark.parametrize("language", catalogs.TRANSLATED)
def test_nothing_is_missing(language):
    found = list(catalogs.problems(catalogs.of_language(language), catalogs.of_source()))
    assert found == [], "run `make catalogs`, then translate what it lists"


def test_titles_of_the_route_table_are_in_the_source():
    source = catalogs.of_source()
    assert {"Purchases", "Payment methods", "Failed payments"} <= {text.id for text in source}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("", "not translated"),
        ("Pagar", "other placeholders"),
        ("Pagar %(importe)s", "other placeholders"),
    ],
)
def test_what_is_wrong_is_told(said, problem):
    source, kept = Catalog(), Catalog(locale="es")
    source.add("Pay %(amount)s", locations=[("a.py", 1)])
    kept.add("Pay %(amount)s", said)
    assert [each.partition(":")[0] for each in catalogs.problems(kept, source)] == [problem]


def test_a_form_that_is_missing_is_told():
    source, kept = Catalog(), Catalog(locale="es")
    source.add(("%(n)d day", "%(n)d days"), locations=[("a.py", 1)])
    kept.add(("%(n)d day", "%(n)d days"), ("%(n)d día", ""))
    kept.add("gone", "ido")
    told = list(catalogs.problems(kept, source))
    assert [each.partition(":")[0] for each in told] == ["not translated", "no longer in the source"]


def test_texts_and_forms_come_from_the_catalogue():
    i18n.warm_up()
    with speaking(zone="UTC", locale="es"):
        assert _("Payment methods") == "Métodos de pago"
        assert ngettext("%(n)d order", "%(n)d orders", 1) == "%(n)d compra"
        assert ngettext("%(n)d order", "%(n)d orders", 2) == "%(n)d compras"
    assert _("Payment methods") == "Payment methods"
