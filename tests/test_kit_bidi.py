"""Right-to-left names among left-to-right words."""

from __future__ import annotations

from markupsafe import Markup

from kit.bidi import bare, isolated


def test_only_right_to_left_letters_need_a_place_of_their_own() -> None:
    assert isolated("Harbor Yoga") == "Harbor Yoga" and isolated("Café 雲 🧘") == "Café 雲 🧘"
    assert isolated("שלום") == "\u2068שלום\u2069" and isolated("مرحبا 42") == "\u2068مرحبا 42\u2069"


def test_what_is_no_plain_text_or_isolated_already_stays() -> None:
    sentence = f"You owe {isolated('שלום')} 42"
    assert isolated(sentence) == sentence
    assert isolated(Markup("<b>שלום</b>")) == "<b>שלום</b>" and isolated(42) == 42 and isolated(None) is None
    assert bare(isolated("שלום")) == "שלום"
