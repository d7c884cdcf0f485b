"""Name, phone and e-mail, asked from the merchant: kept, told, decided, taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

import manage
from domain.customers import contact
from domain.customers.contact import ChangeState, ContactKind
from domain.customers.decide_change import decline_change, finish_change
from domain.customers.details import details_of
from domain.customers.phones import international
from kit.clock import Stopped
from kit.errors import Conflict, DomainError, NotFound
from models.base import unit_of_work
from models.customers import Access, Account, ContactChange, Customer
from models.merchants import Merchant
from models.work import Event, Mail
from tests import factory
from tests.customers.conftest import Mailbox, Person, sign_in

NAME = ContactKind.NAME


def _events() -> list[str]:
    return [row.kind for row in Event.select().where(Event.kind.startswith("contact_change")).order_by(Event.at)]


def _asked(template: str) -> int:
    return Mail.select().where(Mail.template == template).count()


def test_a_wish_is_kept_and_the_merchant_told(owner: Person, mailbox: Mailbox) -> None:
    answer = owner.post("/details/change/phone", wanted="207 555 0199")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{owner.base}/details")
    page = owner.page("/details")
    assert "We tell Harbor Yoga. You get a mail as soon as they have decided." in page
    assert "You asked Harbor Yoga on Monday 23 November to change your phone to +1 207-555-0199 – not done yet." in page
    mail = mailbox.all("billing@example.com")[0]
    assert mail.subject == "Alex Morgan asks for another phone number" and "+1 207-555-0199" in mail.text
    assert f"contact-change --merchant harbor --done {ContactChange.get().id}" in mail.text
    assert Customer.get_by_id(owner.customer.id).phone == "", "only the merchant changes it"
    assert _events() == ["contact_change.asked"]


def test_a_double_press_is_one_wish_and_a_newer_one_closes_the_older(owner: Person) -> None:
    for _press in range(2):
        owner.post("/details/change/name", wanted="Alex Moreno")
    owner.post("/details/change/name", wanted="Alex M. Moreno")
    rows = list(ContactChange.select().order_by(ContactChange.id))
    assert [(row.wanted, row.state) for row in rows] == [
        ("Alex Moreno", ChangeState.CLOSED),
        ("Alex M. Moreno", ChangeState.ASKED),
    ]
    assert _asked("contact_change_asked") == 2
    page = owner.page("/details")
    assert "to Alex M. Moreno – not done yet" in page and "to Alex Moreno " not in page


def test_the_letter_about_a_wish_that_is_over_is_not_sent(owner: Person, mailbox: Mailbox) -> None:
    owner.post("/details/change/name", wanted="Alex Moreno")
    owner.post(f"/details/changes/{ContactChange.get().id}/take-back")
    assert mailbox.all() == []
    assert "Taken back. Everything stays as it was." in (page := owner.page("/details")) and "not done yet" not in page
    owner.post(f"/details/changes/{ContactChange.get().id}/take-back")
    assert _events() == ["contact_change.asked", "contact_change.taken_back"]


def test_without_an_address_of_the_merchant_it_is_said_whom_to_call(owner: Person, house: Merchant) -> None:
    Merchant.update(contact_email="").where(Merchant.id == house.id).execute()
    assert "Call (555) 010-0100; what you write here is kept" in owner.get("/details/change/email").text
    owner.post("/details/change/email", wanted="alex@new.example")
    assert "we have no address to tell Harbor Yoga. Please call (555) 010-0100." in owner.page("/details")
    assert ContactChange.get().state == ChangeState.ASKED and Mail.select().count() == 0


def test_wrong_wishes_are_said_at_the_field_and_stay_typed(owner: Person) -> None:
    said = {
        "phone": ("12", "Write the whole phone number, like +1 201-555-0123."),
        "email": ("two@a.example, three@b.example", "Write one e-mail address, like name@example.com."),
        "name": ("n" * 10_000, "Use at most 160 characters for the name."),
    }
    for what, (wanted, sentence) in said.items():
        answer = owner.post(f"/details/change/{what}", wanted=wanted)
        assert answer.status_code == 422 and sentence in answer.text and wanted in answer.text
        assert 'aria-invalid="true"' in answer.text and 'aria-describedby="wanted-error"' in answer.text
        assert 'href="#wanted"' in answer.text and "autofocus" in answer.text, "a summary that takes the focus"
    same = owner.post("/details/change/email", wanted=owner.customer.email.upper())
    assert "That is what stands there already." in same.text
    assert ContactChange.select().count() == 0


def test_a_phone_that_a_colleague_changes_is_told_to_the_records_own_mailbox_too(
    owner: Person, colleague: Person, open_house: Merchant, mailbox: Mailbox
) -> None:
    with unit_of_work():
        Access.create(
            account=colleague.account, customer=owner.customer, source="staff", granted_at=owner.account.created_at
        )
    for person in (colleague, owner):
        phone = "207 555 0188" if person is colleague else "207 555 0177"
        contact.change_contact(
            account=person.account.id, customer=owner.customer.id, what=ContactKind.PHONE, wanted=phone
        )
    assert len(mailbox.all(owner.account.email)) == 2 and len(mailbox.all(colleague.account.email)) == 1


def test_a_phone_that_grows_when_written_out_is_refused_before_the_store_would() -> None:
    typed = "+49151234567890;ext=12345678901234567890"
    with pytest.raises(DomainError, match="Write the whole phone number"):
        international(typed, country="US", field="wanted")
    assert international("207 555 0100 x7", country="US", field="wanted") == "+1 207-555-0100 ext. 7"


def test_three_wishes_an_hour_are_enough(owner: Person, clock: Stopped) -> None:
    for number in range(3):
        owner.post("/details/change/name", wanted=f"Alex {number}")
    answer = owner.post("/details/change/name", wanted="Alex 3")
    assert answer.status_code == 422 and "Wait an hour, then try again." in answer.text
    clock.at += timedelta(minutes=61)
    contact.change_contact(account=owner.account.id, customer=owner.customer.id, what=NAME, wanted="Alex 3")
    assert ContactChange.select().count() == 4


def test_emoji_and_other_scripts_stay_and_scripts_are_only_text(owner: Person) -> None:
    wanted = "👩\u200d👧 نور <script>alert(1)</script>"
    owner.post("/details/change/name", wanted=wanted)
    page = owner.page("/details")
    assert ContactChange.get().wanted == wanted and "👩\u200d👧 نور &lt;script&gt;" in page
    assert "<script>alert" not in page


def test_nobody_else_sees_or_ends_a_wish(owner: Person, colleague: Person, stranger: Person) -> None:
    owner.post("/details/change/phone", wanted="207 555 0199")
    wish = ContactChange.get().id
    for other in (colleague, stranger):
        assert "0199" not in other.page("/details")
        for act in ("take-back", "send-again"):
            assert other.post(f"/details/changes/{wish}/{act}").status_code == 404
        assert other.get(f"{owner.base}/details/change/phone").status_code in (200, 303)
    assert ContactChange.get().state == ChangeState.ASKED


def test_who_shares_a_record_sees_who_wished(owner: Person, colleague: Person) -> None:
    with unit_of_work():
        Access.create(
            account=colleague.account, customer=owner.customer, source="staff", granted_at=owner.account.created_at
        )
    owner.post("/details/change/phone", wanted="207 555 0199")
    shared = details_of(owner.customer.id, account=colleague.account.id)
    assert [wish.by for wish in shared.wishes] == ["Alex Morgan"] and shared.signs_in_with == colleague.account.email
    contact.take_back(account=colleague.account.id, customer=owner.customer.id, change=shared.wishes[0].id)
    assert ContactChange.get().state == ChangeState.CLOSED


def test_the_merchant_finishes_a_wish_once(owner: Person, house: Merchant, mailbox: Mailbox) -> None:
    owner.post("/details/change/name", wanted="Alex Moreno")
    wish, staff = ContactChange.get().id, factory.staff(of=house)
    with pytest.raises(NotFound):
        finish_change(merchant=factory.merchant().id, change=wish)
    assert finish_change(merchant=house.id, change=wish, staff=staff.id) is ChangeState.DONE
    for again in (finish_change, decline_change):
        with pytest.raises(Conflict):
            again(merchant=house.id, change=wish)
    assert Customer.get_by_id(owner.customer.id).name == "Alex Moreno"
    assert Account.get_by_id(owner.account.id).name == "Alex Moreno", "the account bore the record's name"
    told = mailbox.all(owner.account.email)
    assert [mail.subject for mail in told] == ["Your name at Harbor Yoga was changed"]
    assert _events() == ["contact_change.asked", "contact_change.agreed"]


def test_the_merchant_declines(owner: Person, house: Merchant, mailbox: Mailbox) -> None:
    owner.post("/details/change/phone", wanted="207 555 0199")
    decline_change(merchant=house.id, change=ContactChange.get().id)
    assert "did not change your phone number. It stays as it was." in mailbox.all(owner.account.email)[0].text
    assert Customer.get_by_id(owner.customer.id).phone == "" and "not done yet" not in owner.page("/details")


def test_the_command_lists_and_finishes(owner: Person, house: Merchant, capsys, monkeypatch) -> None:
    monkeypatch.setattr("commands.contacts.with_store", lambda: None)
    owner.post("/details/change/phone", wanted="207 555 0199")
    wish = ContactChange.get().id
    assert manage.main(["contact-change", "--merchant", "harbor"]) == 0
    assert f"{wish}  2026-11-23  Alex Morgan" in capsys.readouterr().out
    assert manage.main(["contact-change", "--merchant", "harbor", "--done", str(wish)]) == 0
    assert "Changed.\nNo customer asks for a change." in capsys.readouterr().out
    assert Customer.get_by_id(owner.customer.id).phone == "+1 207-555-0199"
    assert manage.main(["contact-change", "--merchant", "nowhere"]) == 2


def test_where_customers_may_a_phone_is_changed_at_once(owner: Person, open_house: Merchant, mailbox: Mailbox) -> None:
    assert "It is changed at once" in owner.get("/details/change/phone").text
    owner.post("/details/change/phone", wanted="+49 421 555 0100")
    assert Customer.get_by_id(owner.customer.id).phone.startswith("+49 421")
    page = owner.page("/details")
    assert "Your phone number is changed." in page and "+49 421" in page
    assert mailbox.all(owner.account.email)[0].subject == "Your phone number at Harbor Yoga was changed"
    assert mailbox.all("billing@example.com") == []
    assert "Ask Harbor Yoga" in owner.get("/details/change/name").text, "a name stands on receipts: it is always asked"


def test_a_change_asks_again_who_it_is(owner: Person, clock: Stopped) -> None:
    clock.at += timedelta(minutes=21)
    for answer in (owner.get("/details/change/phone"), owner.post("/details/change/phone", wanted="207 555 0199")):
        assert answer.status_code == 303 and f"{owner.base}/prove" in answer.headers["Location"]
    assert ContactChange.select().count() == 0


def test_another_word_is_no_page(owner: Person, server) -> None:
    for path in ("/details/change/password", "/details/address/home"):
        assert owner.get(path).status_code == 404
        assert owner.post(path, wanted="x").status_code == 404
    assert sign_in(server, factory.customer(owner.customer.merchant)).get("/details").status_code == 200
