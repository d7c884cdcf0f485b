"""Another name, e-mail or phone: asked from the merchant or, where the merchant lets customers, changed by themselves.

A customer wishes, and what the merchant allows decides what becomes of it:

- *asked*: the merchant is told by mail, checks, and finishes or declines it (domain/customers/decide_change.py).
- a phone, where customers change their own: written at once; the account's mailbox is told.
- an e-mail, where customers change their own, and one that the merchant has agreed to: the new mailbox must prove
  itself first (domain/customers/new_email.py). Nobody, the merchant's people included, moves a sign-in without that.

A name stands on receipts, so it is always asked. Of one record there is at most one open wish for each of the three.
"""

from __future__ import annotations

from uuid import UUID

from domain.accounts.addresses import normalise
from domain.accounts.throttle import may_mail
from domain.customers import written
from domain.customers.folded import refold
from domain.customers.phones import international
from domain.customers.reached import reached_customer
from domain.events.record import Actor, record
from domain.mail import letters
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from models.base import require_unit_of_work, unit_of_work
from models.customers import Account, ChangeState, ContactChange, ContactKind, Customer

__all__ = ["ChangeState", "ContactKind"]

OPEN = (ChangeState.ASKED, ChangeState.PROOF)


def change_contact(*, account: UUID, customer: UUID, what: ContactKind, wanted: str) -> ChangeState:
    """Takes a wish; returns whether it is asked from the merchant, waits for the new mailbox, or is done.

    The same wish twice is one; a newer one closes the older. Whether an address is taken is not said here: only its
    own mailbox gets to know. Raises DomainError (field `wanted`) for what cannot be one, NotFound for a record that
    the account may not act for, Conflict when the account has wished too often within the hour or day.
    """
    with unit_of_work():
        owner = reached_customer(account, customer)
        text = _accepted(what, wanted, owner)
        state = _how(what, owner, account)
        before = _open_of(owner, what)
        if any(each.wanted == text and each.state == state for each in before):
            return state
        _brake(account, owner)
        _close(before)
        _begin(owner, account, what, text, state)
    return state


def _accepted(what: ContactKind, wanted: str, owner: Customer) -> str:
    if what is ContactKind.PHONE:
        text, now = international(wanted, country=owner.merchant.country, field="wanted"), owner.phone
    elif what is ContactKind.EMAIL:
        try:
            text, now = normalise(wanted), owner.email
        except DomainError as problem:
            raise DomainError(problem.sentence, field="wanted") from None
    else:
        text, now = written.name(wanted, field="wanted"), owner.name
    if text == now:
        raise DomainError(_("That is what stands there already."), field="wanted")
    return text


def _how(what: ContactKind, owner: Customer, account: UUID) -> ChangeState:
    """Only the person whose own address stands on the record may change that without the merchant."""
    if not owner.merchant.own_contact or what is ContactKind.NAME:
        return ChangeState.ASKED
    if what is ContactKind.PHONE:
        return ChangeState.DONE
    return ChangeState.PROOF if Account.get_by_id(account).email == owner.email else ChangeState.ASKED


def _open_of(owner: Customer, what: ContactKind) -> list[ContactChange]:
    return list(
        ContactChange.select().where(
            ContactChange.customer == owner, ContactChange.what == what, ContactChange.state.in_(OPEN)
        )
    )


def _brake(account: UUID, owner: Customer) -> None:
    """Every wish makes somebody a mail: at most 3 an hour and 10 a day of one account."""
    if not may_mail(str(owner.merchant_id), f"contact change of {account}", utc_now()):
        raise Conflict(_("You have asked for several changes just now. Wait an hour, then try again."))


def _close(changes: list[ContactChange]) -> None:
    ContactChange.update(state=ChangeState.CLOSED, ended_at=utc_now()).where(
        ContactChange.id.in_([each.id for each in changes]), ContactChange.state.in_(OPEN)
    ).execute()


def _begin(owner: Customer, account: UUID, what: ContactKind, text: str, state: ChangeState) -> None:
    now = utc_now()
    change = ContactChange.create(
        customer=owner,
        account=account,
        what=what,
        wanted=text,
        state=state,
        made_at=now,
        ended_at=now if state is ChangeState.DONE else None,
    )
    if state is ChangeState.ASKED:
        letters.contact_change_asked(change)
    elif state is ChangeState.PROOF:
        begin_proof(change)
    else:
        write(change)
    event(f"contact_change.{state}", change, Actor.CUSTOMER, account)


def begin_proof(change: ContactChange) -> None:
    """Mails the link to the new address and word to the old one, in a unit of work. The old one works until proof."""
    require_unit_of_work()
    mail_link(change)
    letters.contact_change(change, letters.ContactNews.EMAIL_BEGUN)


def mail_link(change: ContactChange) -> None:
    """Mails a link to the new address, in a unit of work. Raises Conflict when it has had its mails for now."""
    if not may_mail(str(change.customer.merchant_id), change.wanted, utc_now()):
        raise Conflict(_("This address has just been sent several links. Wait an hour, then try again."))
    letters.new_email(change)


def write(change: ContactChange) -> None:
    """Writes a name or phone to the record, in a unit of work, and tells the account that wished it.

    The account keeps a name of its own, unless it was the record's.
    """
    require_unit_of_work()
    owner = change.customer
    if change.what == ContactKind.NAME:
        Account.update(name=change.wanted).where(Account.id == change.account_id, Account.name == owner.name).execute()
    column = {ContactKind.NAME: Customer.name, ContactKind.PHONE: Customer.phone}[change.what]
    Customer.update({column: change.wanted}).where(Customer.id == owner.id).execute()
    refold([owner.id])
    letters.contact_change(change, letters.ContactNews.DONE)


def event(kind: str, change: ContactChange, actor: Actor, actor_id: UUID | None) -> None:
    """One line of the trail about a wish: which part of the details, never its text."""
    record(
        kind,
        merchant=change.customer.merchant_id,
        actor=actor,
        actor_id=actor_id,
        customer=change.customer_id,
        subject=change.id,
        facts={"what": str(change.what)},
    )


def take_back(*, account: UUID, customer: UUID, change: UUID) -> None:
    """Closes an open wish of a record; one that is over already stays as it is. Its link stops working.

    Raises NotFound for another record's.
    """
    with unit_of_work():
        row = _mine(account, customer, change)
        if move(row, ChangeState.CLOSED, *OPEN):
            event("contact_change.taken_back", row, Actor.CUSTOMER, account)


def send_again(*, account: UUID, customer: UUID, change: UUID) -> None:
    """Mails a fresh link for an e-mail that waits for proof; older ones stop working. Nothing once it is over.

    Raises NotFound for another record's or another account's, Conflict when the address has had its mails for now.
    """
    with unit_of_work():
        row = _mine(account, customer, change)
        if row.account_id != account:
            raise NotFound(_("There is no such change."))
        if row.state == ChangeState.PROOF:
            mail_link(row)


def _mine(account: UUID, customer: UUID, change: UUID) -> ContactChange:
    owner = reached_customer(account, customer)
    row: ContactChange | None = ContactChange.get_or_none(ContactChange.id == change, ContactChange.customer == owner)
    if row is None:
        raise NotFound(_("There is no such change."))
    return row


def move(change: ContactChange, to: ChangeState, *since: ChangeState) -> bool:
    """Moves a wish on, in a unit of work, if it still stands where the caller saw it. False: somebody was faster."""
    require_unit_of_work()
    over = to in (ChangeState.DONE, ChangeState.CLOSED)
    moved = ContactChange.update(state=to, ended_at=utc_now() if over else None).where(
        ContactChange.id == change.id, ContactChange.state.in_(since)
    )
    return bool(moved.execute() == 1)
