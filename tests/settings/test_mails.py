"""A merchant's own words in letters to customers: every letter, both languages, checked, tried out, taken back."""

from __future__ import annotations

import json
from html import unescape

import pytest

from domain.mail import try_out, words
from domain.mail.catalogue import Template
from domain.mail.letter import Envelope
from domain.mail.letters import new_order
from domain.mail.messages import mail_test
from domain.mail.samples import sample_letter
from domain.mail.send import send
from domain.mail.titles import title_of
from domain.mail.words import WORDED, Words, checked_words, placeholders, save_words, worded
from domain.merchants.edits import Overtaken, Wrong, stamp
from domain.merchants.facts import facts_of
from kit.i18n import LOCALES, speaking
from models.base import unit_of_work
from models.customers import Customer
from models.merchants import MailText, Merchant
from models.orders import Order
from models.payments import Payment
from models.work import Mail
from sandbox.inbox.letters import Letters
from tests import factory
from tests.mail.conftest import catcher, letters
from tests.settings.conftest import House, events, fields

__all__ = ["catcher", "letters"]
TO_STAFF = {
    "staff_password",
    "staff_invited",
    "contact_change_asked",
    "dispute",
    "brake_set",
    "saved_view",
    "mail_test",
}


def everything(template: Template) -> Words:
    """Words that name all that this letter's may name."""
    named = [f"{{{name}}}" for name in placeholders(template)]
    return Words("S {subject} " + " ".join(named), "W " + " ".join(named) + "\nSecond.")


def test_every_letter_carries_them_in_english(store: str, clock: object) -> None:
    carried("en", list(WORDED))


def test_and_in_spanish(sqlite_store: str, clock: object) -> None:
    assert set(LOCALES) == {"en", "es"}
    carried("es", [Template.RECEIPT, Template.PAYMENT_FAILED, Template.RESET])


def carried(locale: str, templates: list[Template]) -> None:
    house = factory.merchant("harbor", name="Harbor Yoga")
    for template in templates:
        drawn = try_out.drawn(house.id, template, locale, checked_words(template, everything(template)), logo="")
        assert drawn.subject.startswith("S ") and "{" not in drawn.subject, template
        assert drawn.ours in drawn.subject or len(drawn.subject) == 200, template
        assert "W Harbor Yoga" in unescape(drawn.page) and "Second." in drawn.page, template
    assert try_out.drawn(house.id, templates[0], locale, Words(), logo="").subject != drawn.subject
    assert not (Customer.select().exists() or Order.select().exists() or Payment.select().exists())


def test_what_a_letter_may_name_is_what_its_builder_tells(sqlite_store: str, clock: object) -> None:
    house = factory.merchant()
    for template, named in WORDED.items():
        with unit_of_work(), speaking(zone="UTC"):
            letter, envelope = sample_letter(house, template)
        told = {*letter.values, *(("customer",) if "customer" in named else ())}
        assert set(named) == told, template
        assert title_of(template)[0]
        with_nobody = Envelope(envelope.facts, envelope.to_address, "", envelope.merchant)
        unnamed = worded(letter, Words("", "Dear {customer}"), template, with_nobody)
        assert unnamed == letter, "a letter to nobody by name stays ours"


def test_new_letters_are_somebodys(sqlite_store: str) -> None:
    staff = {template for template in Template if template not in WORDED}
    assert staff >= TO_STAFF, "letters to the merchant's own people are not worded"


@pytest.mark.parametrize(
    ("subject", "text", "field"),
    [
        ("{amount", "", "subject"),
        ("{nothing}", "", "subject"),
        ("x" * 121, "", "subject"),
        ("<b>Hi</b>", "", "subject"),
        ("", "{subject}", "words"),
        ("", "a\nb\nc\nd\ne", "words"),
        ("", "x" * 801, "words"),
        ("", "Click <a href=x>", "words"),
        ("", "{customer.__class__}", "words"),
    ],
)
def test_what_is_refused(subject: str, text: str, field: str) -> None:
    with pytest.raises(Wrong) as refused:
        checked_words(Template.RECEIPT, Words(subject, text))
    assert list(refused.value.errors) == [field]


def test_the_form(house: House) -> None:
    typed = {"subject": "Thank you, {customer}", "words": "We are glad.\r\n\r\nSee you {soon}."}
    wrong = house.post("manager", "/mails/receipt", act="save", **typed)
    assert wrong.status_code == 422 and "{soon} is not known here" in unescape(wrong.text)
    assert fields(wrong.text)["subject"] == "Thank you, {customer}", "nothing typed is lost"
    typed["words"] = "We are glad. <3"
    seen = house.post("manager", "/mails/receipt", act="preview", **typed)
    assert "Thank you, Alex Morgan" in seen.text and not MailText.select().exists()
    assert house.post("manager", "/mails/receipt", act="save", **typed).status_code == 303
    assert "We are glad. &lt;3" in unescape(house.get("viewer", "/mails/receipt").text), "text, never HTML"
    assert "English" in house.get("viewer", "/mails").text and events() == ["mail_text.changed"]
    assert house.get("manager", "/mails/receipt?in=es").text.count("Thank you, Alex") == 0
    assert house.post("manager", "/mails/receipt/ours", of="/mails/receipt").status_code == 303
    assert not MailText.select().exists() and events()[-1] == "mail_text.removed"


def test_the_second_of_two_is_told(sqlite_store: str, clock: object) -> None:
    house = factory.merchant()
    who = {"merchant": house.id, "staff": factory.staff(of=house).id, "template": Template.INVITE, "locale": "en"}
    mark = words.words_of(house.id, Template.INVITE, "en")
    save_words(**who, was=stamp(vars(mark)), wanted=Words("One"))  # type: ignore[arg-type]
    with pytest.raises(Overtaken):
        save_words(**who, was=stamp(vars(mark)), wanted=Words("Two"))  # type: ignore[arg-type]
    assert MailText.get().subject == "One"


def test_a_real_letter_leaves_with_them(sqlite_store: str, clock: object, catcher: object, letters: Letters) -> None:
    house = factory.merchant(name="Harbor Yoga", locale="en")
    person = factory.staff(of=house).id
    wanted = Words("{merchant}: {amount} waits, {customer}", "It is about {order}.")
    save_words(merchant=house.id, staff=person, template=Template.NEW_ORDER, locale="en", was=None, wanted=wanted)
    order = factory.order(factory.customer(house))
    with unit_of_work():
        new_order(order)
    send(Mail.get(Mail.template == "new_order").id)
    [arrived] = letters.newest()
    assert arrived.subject == "Harbor Yoga: $89.00 waits, Alex Morgan"
    assert f"It is about {order.number}." in arrived.text and "$89.00 is due on" in arrived.text


def test_a_test_goes_to_who_asks_and_to_nobody_else(house: House) -> None:
    answers = [house.post("manager", "/mails/receipt/test", of="/mails/receipt", to="x@example.com") for _n in range(4)]
    assert [answer.status_code for answer in answers] == [303] * 4
    mails = list(Mail.select())
    assert {mail.to_address for mail in mails} == {house.manager.email} and len(mails) == 3, "three an hour"
    assert json.loads(mails[0].facts) == {"speak": "en", "template": "receipt"}
    with unit_of_work(), speaking(zone="UTC", locale="es"):
        facts = {"template": "receipt", "speak": "es"}
        letter = mail_test.build(
            Envelope(facts, "x@example.com", "Kim", facts_of(Merchant.get_by_id(house.merchant.id)))
        )
    assert letter is not None and letter.subject.count("R-SAMP7E00") == 1 and letter.button is not None
    assert letter.button.url.endswith("/p/harbor")
    assert events() == ["mail_text.tested"] * 3
