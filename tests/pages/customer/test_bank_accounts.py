"""Bank accounts on screen: the check, the copy of the authorization, what is on its way; the owner's only."""

from __future__ import annotations

from domain.methods import mandates
from kit.clock import Stopped, utc_now
from models.base import unit_of_work
from models.methods import MethodState, PaymentMethod
from sandbox.inprocess import InProcess
from tests import factory
from tests.pages.customer.conftest import Person, value_of
from tests.pages.customer.test_paying import pay_page, press, value_in


def add_unchecked(owner: Person, sandbox: InProcess) -> PaymentMethod:
    """The test account that must be verified, added from the methods page."""
    leaving = owner.post("/methods/add", kind="bank").headers["Location"]
    form = {"kind": "bank", "number": "000999999991", "routing": "110000000"}
    back = sandbox.app.test_client().post(value_in(owner.client.get(leaving).text), data=form)
    owner.get(f"/added/{back.headers['Location'].rpartition('/')[2]}")
    found: PaymentMethod = PaymentMethod.get()
    return found


def enter(sandbox: InProcess, account: PaymentMethod, first: str, second: str) -> None:
    """The person types the two amounts on the processor's page."""
    page = str(account.verify_url).replace("http://sandbox.invalid", "")
    sandbox.app.test_client().post(page, data={"first": first, "second": second})


def test_case_27_the_check_is_shown_asked_again_and_over(owner: Person, sandbox: InProcess) -> None:
    account = add_unchecked(owner, sandbox)
    html = owner.page("/methods")
    assert "Your bank account must be checked first." in html and str(account.verify_url) in html
    assert "Make default" not in html and "I have entered them" in html
    owner.post(f"/methods/{account.id}/check")
    assert "still waits for its check" in owner.page("/methods")
    enter(sandbox, account, "32", "45")
    assert owner.post(f"/methods/{account.id}/check").headers["Location"] == f"{owner.base}/methods"
    html = owner.page("/methods")
    assert "is verified: you can pay with it now" in html and "Enter the two amounts" not in html and "Default" in html


def test_a_check_from_the_pay_page_comes_back_to_it(owner: Person, sandbox: InProcess) -> None:
    account = add_unchecked(owner, sandbox)
    one, two = factory.order(owner.customer, 8900), factory.order(owner.customer, 1105)
    path = pay_page(owner)
    html = owner.page(path)
    assert "I have entered them" in html and f'value="{account.id}" disabled' in html
    enter(sandbox, account, "10", "11")
    form = {"handle": value_of(html, "handle"), "order": str(two.id), "amount": ""}
    assert owner.post(f"/methods/{account.id}/check", **form).headers["Location"] == path
    html = owner.page(path)
    assert "could not be verified" in html and "Add it again, or use another way to pay." in html
    assert f'value="{account.id}" disabled' in html
    assert f'value="{two.id}" checked' in html and f'value="{one.id}" checked' not in html


def test_case_30_the_authorization_can_be_downloaded_by_its_owner_only(
    owner: Person, colleague: Person, stranger: Person, sandbox: InProcess, clock: Stopped
) -> None:
    account, card = add_unchecked(owner, sandbox), factory.method(owner.customer)
    where = f"/methods/{account.id}/authorization"
    html = owner.page("/methods")
    assert html.count("Your authorization") == 1 and f"{owner.base}{where}" in html
    copy = owner.get(where)
    assert copy.status_code == 200 and "I authorize Harbor Yoga to debit my account" in copy.text
    assert "In force" in copy.text and "Alex Morgan" in copy.text and "mandate_" in copy.text
    kept = owner.get(f"{where}.txt")
    assert "attachment" in kept.headers["Content-Disposition"] and kept.mimetype == "text/plain"
    assert "I authorize Harbor Yoga to debit my account" in kept.text and "&#" not in kept.text
    assert owner.get(f"/methods/{card.id}/authorization").status_code == 404
    for other in (colleague, stranger):
        assert other.get(f"{where}.txt").status_code == 404
        assert other.get(where).status_code == 404 and "Harbor Yoga to debit" not in other.get(where).text
        assert other.get(f"{owner.base}{where}").status_code in (303, 404)
        other.post(f"/methods/{account.id}/check")
        assert "not there any more" in other.page("/methods")
    anybody = owner.client.application.test_client()
    assert anybody.get(f"{owner.base}{where}").status_code == 303
    with unit_of_work():
        mandates.void(account.id, reason="R02", at=utc_now())
    ended = owner.get(where).text
    assert "Ended on Monday 23 November" in ended and "Your bank says that this account is closed." in ended


def test_case_46_a_blocked_account_cannot_be_chosen_and_says_why(owner: Person) -> None:
    factory.order(owner.customer)
    bank = factory.method(owner.customer, "pm_usBankAccount_success")
    PaymentMethod.update(state=MethodState.BLOCKED, state_reason="R02").execute()
    for html in (owner.page("/methods"), owner.page(pay_page(owner)), owner.page()):
        assert "Your bank says that this account is closed. Add it again, or use another way to pay." in html
    assert f'value="{bank.id}" disabled' in owner.page(pay_page(owner))


def test_case_49_every_page_names_the_day_on_which_a_debit_is_final(owner: Person, ledger_holds: None) -> None:
    due, bank = factory.order(owner.customer), factory.method(owner.customer, "pm_usBankAccount_success")
    other = factory.order(owner.customer, 1105)
    to = press(owner, pay_page(owner, order=str(due.id)), order=str(due.id), method=str(bank.id))
    day = "final by Monday 30 November"
    pages = [owner.page(), owner.page("/methods"), owner.page(f"/orders/{due.id}"), owner.get(to).text,
             owner.page(pay_page(owner, order=str(other.id)))]  # fmt: skip
    assert [day in html for html in pages] == [True] * 5
    with unit_of_work():
        token = factory.fix_it_link(due.id)
    assert day in owner.client.application.test_client().get(f"{owner.base}/fix/{token}").text
    assert f'action="{owner.base}/pay"' not in owner.page(f"/orders/{due.id}")
