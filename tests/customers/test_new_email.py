"""Another e-mail address: the new mailbox must prove itself, the old one is told and works until then (case 13)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard import cookies
from domain.accounts import links, sessions
from domain.accounts.confirm import confirm
from domain.accounts.reset import ask_reset, reset_password
from domain.accounts.sign_in import sign_in as press_sign_in
from domain.accounts.sign_in_link import ask_link
from domain.accounts.sign_up import sign_up
from domain.accounts.viewer import Audience
from domain.customers.decide_change import finish_change
from domain.customers.new_email import prove, waiting
from domain.mail.outbox import queue_mail
from kit.clock import Stopped, utc_now
from kit.errors import DomainError
from models.base import unit_of_work
from models.customers import Access, Account, ChangeState, ContactChange, Customer, Session
from models.merchants import Merchant
from models.work import Mail, MailState
from tests import factory
from tests.customers.conftest import Mailbox, Person

NEW = "alex@new.example"


@pytest.fixture
def asked(owner: Person, open_house: Merchant) -> Person:
    """The owner, who has just asked to change the address."""
    assert owner.post("/details/change/email", wanted=f" {NEW.upper()} ").status_code == 303
    return owner


def _email_of(person: Person) -> tuple[str, str]:
    return Account.get_by_id(person.account.id).email, Customer.get_by_id(person.customer.id).email


def _signs_in(person: Person, email: str) -> bool:
    try:
        press_sign_in(
            merchant=person.account.merchant_id, email=email, password=factory.PASSWORD, address="203.0.113.5"
        )
    except DomainError:
        return False
    return True


def test_case_13_the_old_address_works_until_the_new_one_is_proved(asked: Person, mailbox: Mailbox) -> None:
    old = asked.account.email
    assert "We sent a link to alex@new.example. Open it there to confirm" in asked.page("/details")
    assert _email_of(asked) == (old, old) and _signs_in(asked, old) and not _signs_in(asked, NEW)
    told = mailbox.all(old)[0]
    assert told.subject == "Somebody asked to change your e-mail address at Harbor Yoga"
    assert NEW not in told.text and "choose a new password now. That also stops the change." in told.text
    link = mailbox.link("new-email", NEW)
    for _scanner in range(2):
        assert asked.get(link).status_code == 200 and asked.client.head(link).status_code == 200
    assert f"From now on we write to {NEW} instead of {old}." in asked.get(link).text
    assert _email_of(asked) == (old, old), "opening a link consumes nothing"


def test_case_13_the_proof_moves_sign_in_and_record_in_one_step(asked: Person, mailbox: Mailbox, server) -> None:
    old = asked.account.email
    with unit_of_work():
        elsewhere = sessions.open_session(account=asked.account.id)
    answer = asked.post(mailbox.link("new-email", NEW))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{asked.base}/details")
    assert f"Done. From now on you sign in with {NEW}, and we write there." in asked.page("/details")
    assert _email_of(asked) == (NEW, NEW) and _signs_in(asked, NEW) and not _signs_in(asked, old)
    other = server.test_client()
    other.set_cookie(cookies.name_of(Audience.CUSTOMER), elsewhere)
    assert other.get(f"{asked.base}/details").status_code == 303, "other sessions end"
    assert mailbox.all(old)[0].subject == "Your e-mail address at Harbor Yoga was changed"
    assert NEW not in mailbox.all(old)[0].text
    assert ContactChange.get().state == ChangeState.DONE
    assert Access.select().where(Access.revoked_at.is_null()).count() == 1


def test_case_13_the_link_works_once(asked: Person, mailbox: Mailbox) -> None:
    link = mailbox.link("new-email", NEW)
    assert asked.post(link).status_code == 303
    for answer in (asked.post(link), asked.get(link), asked.get(link[:-1]), asked.get(f"{asked.base}/new-email/x")):
        assert answer.status_code == 404 and "This link no longer works" in answer.text


def test_case_13_a_taken_address_is_said_only_to_who_proved_it(
    owner: Person, colleague: Person, open_house: Merchant, mailbox: Mailbox
) -> None:
    taken, old = colleague.account.email, owner.account.email
    answer = owner.post("/details/change/email", wanted=taken)
    assert answer.status_code == 303 and f"We sent a link to {taken}." in owner.page("/details")
    owner.post(mailbox.link("new-email", taken))
    assert f"{taken} has an account of its own here, so nothing was changed." in owner.page("/details")
    assert _email_of(owner) == (old, old) and _email_of(colleague) == (taken, taken)
    assert ContactChange.get().state == ChangeState.CLOSED


def test_case_13_an_address_that_was_never_confirmed_is_free(owner: Person, open_house: Merchant, mailbox: Mailbox):
    sign_up(merchant=open_house.id, name="Somebody", email=NEW)
    never = mailbox.link("confirm", NEW).rpartition("/")[2]
    owner.post("/details/change/email", wanted=NEW)
    owner.post(mailbox.link("new-email", NEW))
    assert _email_of(owner) == (NEW, NEW) and Account.select().where(Account.email == NEW).count() == 1
    with pytest.raises(links.LinkDead):
        confirm(merchant=open_house.id, token=never, password=factory.PASSWORD + "!")


def test_the_letter_to_an_account_that_gave_way_is_not_sent(asked: Person, mailbox: Mailbox, open_house: Merchant):
    link = mailbox.link("new-email", NEW)
    sign_up(merchant=open_house.id, name="Somebody", email=NEW)
    asked.post(link)
    mailbox.all()
    assert Mail.get(Mail.template == "confirm").state == MailState.SUPPRESSED


def test_the_link_alone_is_not_enough(asked: Person, colleague: Person, stranger: Person, mailbox: Mailbox, server):
    """Else somebody writes a stranger's address, and that stranger's press opens the stranger's bills to them."""
    link = mailbox.link("new-email", NEW)
    assert "/sign-in?next=" in server.test_client().get(link).headers["Location"]
    for other in (colleague, stranger):
        own = link.replace(asked.base, other.base)
        assert other.get(own).status_code == 404 and other.post(own).status_code == 404
    assert asked.post(link).status_code == 303, "nobody else has used it up"


def test_a_new_password_stops_the_change(asked: Person, mailbox: Mailbox, open_house: Merchant) -> None:
    token = mailbox.link("new-email", NEW).rpartition("/")[2]
    ask_reset(merchant=open_house.id, email=asked.account.email)
    reset = mailbox.link("reset", asked.account.email).rpartition("/")[2]
    reset_password(merchant=open_house.id, token=reset, password="another horse battery staple")
    assert waiting(account=asked.account.id, token=token) is None


def test_a_reset_link_in_the_old_mailbox_dies_with_the_change(asked: Person, mailbox: Mailbox, open_house: Merchant):
    ask_reset(merchant=open_house.id, email=asked.account.email)
    reset = mailbox.link("reset", asked.account.email).rpartition("/")[2]
    asked.post(mailbox.link("new-email", NEW))
    with pytest.raises(links.LinkDead):
        reset_password(merchant=open_house.id, token=reset, password="another horse battery staple")


def test_a_link_that_still_waits_for_the_relay_does_not_go_to_the_old_mailbox(
    asked: Person, mailbox: Mailbox, open_house: Merchant
) -> None:
    link, old = mailbox.link("new-email", NEW), asked.account.email
    Merchant.update(sign_in_links=True).execute()
    ask_reset(merchant=open_house.id, email=old)
    ask_link(merchant=open_house.id, email=old)
    asked.post(link)
    mailbox.all()
    waited = Mail.select().where(Mail.template.in_(["reset", "sign_in_link"]))
    assert [row.state for row in waited] == [MailState.SUPPRESSED] * 2


def test_a_letter_that_waits_for_the_morning_goes_to_the_new_mailbox(asked: Person, mailbox: Mailbox) -> None:
    old, link = asked.account.email, mailbox.link("new-email", NEW)
    another = factory.customer(asked.customer.merchant)
    with unit_of_work():
        for template, about in (("receipt", asked.customer), ("refund", another)):
            queue_mail(
                template,
                merchant=asked.customer.merchant_id,
                to_address=old,
                to_name="",
                facts={},
                dedup_key=f"{template}:1",
                not_before=utc_now() + timedelta(hours=9),
                customer=about.id,
            )
    asked.post(link)
    assert Mail.get(Mail.template == "receipt").to_address == NEW
    assert Mail.get(Mail.template == "refund").to_address == old, "another's record"
    assert mailbox.all(old)[0].subject == "Your e-mail address at Harbor Yoga was changed"


def test_a_record_that_is_not_theirs_any_more_is_not_theirs_to_change(asked: Person, mailbox: Mailbox) -> None:
    link = mailbox.link("new-email", NEW)
    other = factory.customer(asked.customer.merchant, name="Their other record", email=asked.account.email)
    with unit_of_work():
        Access.create(account=asked.account, customer=other, source="staff", granted_at=asked.account.created_at)
        Session.update(customer=other).where(Session.account == asked.account).execute()
        Access.update(revoked_at=asked.account.created_at).where(Access.customer == asked.customer).execute()
    assert asked.get(link).status_code == 404 and asked.post(link).status_code == 404
    assert Customer.get_by_id(asked.customer.id).email != NEW


def test_taken_back_too_old_or_replaced_the_link_is_dead(asked: Person, mailbox: Mailbox, clock: Stopped) -> None:
    first = mailbox.link("new-email", NEW)
    asked.post(f"/details/changes/{ContactChange.get().id}/send-again")
    second = mailbox.link("new-email", NEW)
    assert asked.get(first).status_code == 404 and asked.get(second).status_code == 200
    account, token = asked.account.id, second.rpartition("/")[2]
    clock.at += timedelta(hours=24)
    assert waiting(account=account, token=token) is None
    clock.at -= timedelta(hours=1)
    assert waiting(account=account, token=token) is not None
    clock.at -= timedelta(hours=23)
    asked.post(f"/details/changes/{ContactChange.get().id}/take-back")
    assert asked.get(second).status_code == 404


def test_one_address_gets_three_links_an_hour_whoever_asks(asked: Person, mailbox: Mailbox) -> None:
    wish = ContactChange.get().id
    for _press in range(3):
        asked.post(f"/details/changes/{wish}/send-again")
    assert "This address has just been sent several links." in asked.page("/details")
    assert len(mailbox.all(NEW)) == 3


def test_records_under_the_old_address_move_and_others_keep_theirs(
    owner: Person, open_house: Merchant, mailbox: Mailbox
) -> None:
    old = owner.account.email
    twin = factory.customer(open_house, name="Alex Morgan's studio", email=old)
    other = factory.customer(open_house, name="Aunt Jo", email="jo@example.com")
    waits = factory.customer(open_house, name="Known already", email=NEW)
    with unit_of_work():
        for record, source in ((twin, "mailbox_match"), (other, "staff")):
            Access.create(account=owner.account, customer=record, source=source, granted_at=owner.account.created_at)
    moving, _heading, staying = owner.get("/details/change/email").text.partition("These keep their own:")
    assert "<bdi>Alex Morgan</bdi>" in moving and "<bdi>Alex Morgan&#39;s studio</bdi>" in moving
    assert "<bdi>Aunt Jo</bdi>" in staying and "Known already" not in moving + staying
    owner.post("/details/change/email", wanted=NEW)
    owner.post(mailbox.link("new-email", NEW))
    emails = {row.name: row.email for row in Customer.select()}
    assert emails["Alex Morgan"] == emails["Alex Morgan's studio"] == NEW and emails["Aunt Jo"] == "jo@example.com"
    live = Access.select().where(Access.account == owner.account, Access.revoked_at.is_null())
    assert {row.customer_id for row in live} == {owner.customer.id, twin.id, other.id, waits.id}


def test_a_merchant_agrees_and_still_the_mailbox_must_prove_itself(
    owner: Person, house: Merchant, mailbox: Mailbox
) -> None:
    old = owner.account.email
    owner.post("/details/change/email", wanted=NEW)
    assert "not done yet" in owner.page("/details") and mailbox.all(NEW) == []
    assert finish_change(merchant=house.id, change=ContactChange.get().id) is ChangeState.PROOF
    assert _email_of(owner) == (old, old)
    owner.post(mailbox.link("new-email", NEW))
    assert _email_of(owner) == (NEW, NEW)


def test_of_a_record_with_another_address_only_that_address_moves(
    owner: Person, colleague: Person, open_house: Merchant, mailbox: Mailbox
) -> None:
    """The colleague acts for the owner's record by the merchant's word: the owner's sign-in is not theirs to move."""
    with unit_of_work():
        Access.create(
            account=colleague.account, customer=owner.customer, source="staff", granted_at=owner.account.created_at
        )
        Session.update(customer=owner.customer).where(Session.account == colleague.account).execute()
    assert "Ask Harbor Yoga" in colleague.get("/details/change/email").text
    colleague.post("/details/change/email", wanted=NEW)
    finish_change(merchant=open_house.id, change=ContactChange.get().id)
    assert mailbox.all(owner.account.email)[0].subject.startswith("Somebody asked to change your e-mail address")
    colleague.post(mailbox.link("new-email", NEW))
    assert Customer.get_by_id(owner.customer.id).email == NEW
    assert Account.get_by_id(colleague.account.id).email == colleague.account.email
    assert Account.get_by_id(owner.account.id).email == owner.account.email
    assert owner.get("/details").status_code == 303, "the old mailbox no longer opens the record"


def test_one_press_wins_over_another_account_of_the_same_address(
    owner: Person, open_house: Merchant, mailbox: Mailbox, monkeypatch
) -> None:
    """The address is confirmed by somebody else between our look and our write: the store's rule decides."""
    owner.post("/details/change/email", wanted=NEW)
    token = mailbox.link("new-email", NEW).rpartition("/")[2]
    factory.account(factory.customer(open_house, email=NEW))
    looks = iter([False, True])
    monkeypatch.setattr("domain.customers.new_email._is_taken", lambda *_: next(looks))
    done = prove(account=owner.account.id, session=Session.get(Session.account == owner.account).id, token=token)
    assert done.taken and Account.get_by_id(owner.account.id).email == owner.account.email
