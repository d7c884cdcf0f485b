"""What a merchant's person does to a customer's record: create, correct, note, invite, let in, pause, give credit."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.views import acts, buying, door_form
from dashboard.views.acts import GOOD, WARN, Field, Form, Sentence
from domain.accounts import reset, staff_access
from domain.accounts.viewer import Audience, Role
from domain.customers import decide_change, desk
from domain.customers.addresses import NAMES, AddressWrong, countries, country_name, fields_of
from domain.customers.contact import ChangeState
from domain.customers.desk import Contact
from domain.customers.details import AddressKind, written_address
from domain.orders import adjust
from domain.recoveries import pause
from kit.dates import full_day
from kit.errors import DomainError, NotFound
from kit.i18n import _, current_locale

views = Blueprint("acts_customers", __name__)
_ALL = "/merchant/<slug>/customers"
_ONE = f"{_ALL}/<uuid:customer_id>"
_MANAGER = door(Audience.STAFF, role=Role.MANAGER)


def record_of(slug: str, customer: UUID) -> str:
    """Where a customer's record stands."""
    return f"/merchant/{slug}/customers/{customer}"


@views.route(f"{_ALL}/new", methods=["GET", "POST"])
@_MANAGER
def new(slug: str) -> ResponseReturnValue:
    """A new record."""
    key = acts.handle()
    form = Form(
        title=_("New customer"),
        back=f"/merchant/{slug}/customers",
        back_label=_("Customers"),
        submit=_("Create customer"),
        before=[_("Nothing is billed and no mail is sent. Whoever has confirmed this e-mail sees the record at once.")],
        fields=[*_contact_fields(Contact("")), Field("reference", _("Your own number for them"), hint=_("optional"))],
        hidden={"handle": str(key)},
    )
    if not _sent():
        return acts.draw(form)

    def create() -> Sentence:
        desk.new_customer(merchant=acts.house().id, handle=key, contact=_typed(), staff=acts.staff())
        return _("The customer is created. Invite them, or make an order for them."), GOOD

    return acts.done(form, record_of(slug, key), create)


def _sent() -> bool:
    return request.method == "POST"


def _typed() -> Contact:
    return Contact(acts.text("name"), acts.text("email"), acts.text("phone"), acts.text("reference"))


def _contact_fields(now: Contact) -> list[Field]:
    return [
        Field("name", _("Name"), value=now.name, required=True),
        Field("email", _("Email"), "email", now.email),
        Field("phone", _("Phone"), "tel", now.phone),
    ]


@views.route(f"{_ONE}/edit", methods=["GET", "POST"])
@_MANAGER
def edit(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """Name, e-mail and phone. What the form was drawn with comes along, so that a colleague's change is not lost."""
    now = desk.contact_of(merchant=acts.house().id, customer=customer_id)
    form = Form(
        title=_("Contact details of %(name)s") % {"name": now.name},
        back=record_of(slug, customer_id),
        back_label=_("Customer"),
        submit=_("Save"),
        before=[
            _(
                "Another e-mail takes the record out of the account that saw it by the old one, signs it out there "
                "and tells it. Nobody's sign-in changes."
            )
        ],
        fields=_contact_fields(now),
        hidden={
            f"seen_{what}": acts.text(f"seen_{what}") if _sent() else getattr(now, what)
            for what in ("name", "email", "phone")
        },
    )
    if not _sent():
        return acts.draw(form)

    def save() -> Sentence:
        seen = Contact(*(request.form.get(f"seen_{what}", "") for what in ("name", "email", "phone")))
        changed = desk.edit_contact(
            merchant=acts.house().id, customer=customer_id, contact=_typed(), seen=seen, staff=acts.staff()
        )
        if "email" in changed:
            return _("Saved. Mails go to the new address from now on; the account of the old one was told."), GOOD
        return (_("Saved."), GOOD) if changed else (_("It stands so already. Nothing was changed."), GOOD)

    return acts.done(form, record_of(slug, customer_id), save)


@views.route(f"{_ONE}/address/billing", methods=["GET", "POST"], defaults={"kind": AddressKind.BILLING})
@views.route(f"{_ONE}/address/shipping", methods=["GET", "POST"], defaults={"kind": AddressKind.SHIPPING})
@_MANAGER
def address(slug: str, customer_id: UUID, kind: AddressKind) -> ResponseReturnValue:
    """The postal address of a kind, by a form of its country."""
    house = acts.house()
    desk.contact_of(merchant=house.id, customer=customer_id)
    stored = written_address(customer_id, kind) or {}
    if not _sent():
        return _address(slug, customer_id, kind, {name: stored.get(name, "") for name in NAMES}, {})
    typed = {name: door_form.typed(name) for name in NAMES}
    if door_form.typed("act") == "country" or typed["country"] != door_form.typed("drawn"):
        return _address(slug, customer_id, kind, typed, {}, redrawn=True)
    try:
        changed = desk.write_address(
            merchant=house.id, customer=customer_id, kind=kind, typed=typed, staff=acts.staff()
        )
    except AddressWrong as problem:
        return _address(slug, customer_id, kind, typed, problem.errors), HTTPStatus.UNPROCESSABLE_ENTITY
    say(_("The address is saved.") if changed else _("It stands so already. Nothing was changed."), GOOD)
    return buying.onwards(record_of(slug, customer_id))


def _address(
    slug: str,
    customer: UUID,
    kind: AddressKind,
    typed: dict[str, str],
    errors: dict[str, str],
    *,
    redrawn: bool = False,
) -> str:
    country = typed["country"] or acts.house().country
    fields = fields_of(country, typed)
    return page(
        "merchant/acts/address.html",
        title=_("Billing address") if kind is AddressKind.BILLING else _("Shipping address"),
        kind=kind,
        fields=fields,
        unused=[name for name in NAMES if name != "country" and all(name != each.name for each in fields)],
        countries=countries(),
        country=country,
        redrawn=country_name(country) if redrawn else "",
        typed=typed,
        errors=errors,
        back=record_of(slug, customer),
    )


@views.route(f"{_ONE}/note", methods=["GET", "POST"])
@_MANAGER
def note(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """A note of the team, which the customer never sees."""
    key, name = acts.handle(), desk.contact_of(merchant=acts.house().id, customer=customer_id).name
    form = Form(
        title=_("Note on %(name)s") % {"name": name},
        back=record_of(slug, customer_id),
        back_label=_("Customer"),
        submit=_("Keep note"),
        before=[_("Only your team sees it.")],
        fields=[Field("text", _("Note"), "long", required=True)],
        hidden={"handle": str(key)},
    )
    if not _sent():
        return acts.draw(form)

    def keep() -> Sentence:
        text = request.form.get("text", "")
        desk.add_note(merchant=acts.house().id, customer=customer_id, handle=key, text=text, staff=acts.staff())
        return _("The note is kept."), GOOD

    return acts.done(form, record_of(slug, customer_id), keep)


@views.get(f"{_ONE}/access")
@_MANAGER
def access(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """Who may sign in for this customer."""
    return _access_page(slug, customer_id, {})


def _access_page(slug: str, customer: UUID, errors: dict[str, str]) -> str:
    contact = desk.contact_of(merchant=acts.house().id, customer=customer)
    return page(
        "merchant/acts/access.html",
        title=_("Who signs in for %(name)s") % {"name": contact.name},
        back=record_of(slug, customer),
        reach=staff_access.reach_of(merchant=acts.house().id, customer=customer),
        email=contact.email,
        typed=acts.text("email") if _sent() else "",
        errors=errors,
        said=heard(),
    )


@views.post(f"{_ONE}/access")
@_MANAGER
def grant(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """Lets the account of an address act for the customer."""
    try:
        fresh = staff_access.grant_access(
            merchant=acts.house().id, customer=customer_id, email=acts.text("email"), staff=acts.staff()
        )
    except NotFound:
        raise
    except DomainError as problem:
        return _access_page(slug, customer_id, {problem.field or "": problem.sentence}), HTTPStatus.UNPROCESSABLE_ENTITY
    done = _("This account sees the customer's bills now, and was told by mail.")
    say(done if fresh else _("This account could do so already. Nothing was changed."), GOOD)
    return buying.onwards(f"{record_of(slug, customer_id)}/access")


@views.post(f"{_ONE}/access/<uuid:account_id>/revoke")
@_MANAGER
def revoke(slug: str, customer_id: UUID, account_id: UUID) -> ResponseReturnValue:
    """Ends an account's access, and its sessions there."""

    def end() -> Sentence:
        ended = staff_access.revoke_access(
            merchant=acts.house().id, customer=customer_id, account=account_id, staff=acts.staff()
        )
        done = _("The account does not see this customer any more. It was signed out here and told by mail.")
        return (done if ended else _("The account had no access any more. Nothing was changed.")), GOOD

    return acts.pressed(f"{record_of(slug, customer_id)}/access", end)


@views.post(f"{_ONE}/access/<uuid:account_id>/reset")
@_MANAGER
def send_reset(slug: str, customer_id: UUID, account_id: UUID) -> ResponseReturnValue:
    """Has the standard mail for a new password sent. Nobody here sees its link."""

    def send() -> Sentence:
        known = staff_access.reach_of(merchant=acts.house().id, customer=customer_id)
        if all(each.account != account_id for each in known):
            raise NotFound(_("There is no such account."))
        reset.send_reset(merchant=acts.house().id, account=account_id, staff=acts.staff())
        return _("The mail with a link for a new password is on its way. The old password works until then."), GOOD

    return acts.pressed(f"{record_of(slug, customer_id)}/access", send)


@views.post(f"{_ONE}/invite")
@_MANAGER
def invite(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """Asks the customer by mail to make an account."""

    def send() -> Sentence:
        sent = staff_access.invite(merchant=acts.house().id, customer=customer_id, staff=acts.staff())
        return (_("The invitation is on its way."), GOOD) if sent else (_("They were invited today already."), WARN)

    return acts.pressed(record_of(slug, customer_id), send)


@views.route(f"{_ONE}/pause", methods=["GET", "POST"])
@_MANAGER
def pause_tries(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """No automatic try until a day."""
    contact = desk.contact_of(merchant=acts.house().id, customer=customer_id)
    form = Form(
        title=_("Pause automatic tries of %(name)s") % {"name": contact.name},
        back=record_of(slug, customer_id),
        back_label=_("Customer"),
        submit=_("Pause"),
        before=[_("Nothing is charged by itself before that day. The customer may pay at any time, and stays owing.")],
        fields=[Field("until", _("Try again from"), "date", required=True)],
    )
    if not _sent():
        return acts.draw(form)

    def put_off() -> Sentence:
        until = acts.day("until")
        pause.pause_tries(merchant=acts.house().id, customer=customer_id, until=until, staff=acts.staff())
        day = full_day(until, current_locale())
        return _("Paused: nothing is charged by itself before %(day)s. No money has moved.") % {"day": day}, GOOD

    return acts.done(form, record_of(slug, customer_id), put_off)


@views.post(f"{_ONE}/resume-tries")
@_MANAGER
def resume_tries(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """Ends a pause before its day."""

    def go_on() -> Sentence:
        ended = pause.resume_tries(merchant=acts.house().id, customer=customer_id, staff=acts.staff())
        done = _("The pause is over: what is due is tried at the next hour that the networks allow.")
        return (done if ended else _("Nothing was paused any more.")), GOOD

    return acts.pressed(record_of(slug, customer_id), go_on)


@views.route(f"{_ONE}/credit", methods=["GET", "POST"])
@_MANAGER
def give_credit(slug: str, customer_id: UUID) -> ResponseReturnValue:
    """Credit as a courtesy."""
    key, house = acts.handle(), acts.house()
    contact = desk.contact_of(merchant=house.id, customer=customer_id)
    form = Form(
        title=_("Give %(name)s credit") % {"name": contact.name},
        back=record_of(slug, customer_id),
        back_label=_("Customer"),
        submit=_("Give credit"),
        before=[_("No money moves. The credit settles an order when you press Use credit there; you bear it.")],
        fields=[
            Field("amount", _("Amount in %(currency)s") % {"currency": house.currency}, "amount", required=True),
            Field("note", _("Why"), hint=_("optional")),
        ],
        hidden={"handle": str(key)},
    )
    if not _sent():
        return acts.draw(form)

    def give() -> Sentence:
        amount = acts.amount("amount", house.currency)
        adjust.give_credit(
            merchant=house.id,
            customer=customer_id,
            amount=amount,
            handle=key,
            note=acts.text("note"),
            actor_id=acts.staff(),
        )
        return _("%(amount)s is credited. No money has moved.") % {"amount": amount}, GOOD

    return acts.done(form, record_of(slug, customer_id), give)


@views.post(f"{_ONE}/changes/<uuid:change_id>/agree")
@_MANAGER
def agree(slug: str, customer_id: UUID, change_id: UUID) -> ResponseReturnValue:
    """The merchant makes the change that the customer asked for."""

    def finish() -> Sentence:
        state = decide_change.finish_change(merchant=acts.house().id, change=change_id, staff=acts.staff())
        if state is ChangeState.PROOF:
            return _("Agreed. The new mailbox gets a link; until it is opened the old address stays."), GOOD
        return _("Changed, and the customer was told."), GOOD

    return acts.pressed(record_of(slug, customer_id), finish)


@views.post(f"{_ONE}/changes/<uuid:change_id>/decline")
@_MANAGER
def decline(slug: str, customer_id: UUID, change_id: UUID) -> ResponseReturnValue:
    """The merchant does not make the change."""

    def close() -> Sentence:
        decide_change.decline_change(merchant=acts.house().id, change=change_id, staff=acts.staff())
        return _("Declined. Everything stays as it was, and the customer was told."), GOOD

    return acts.pressed(record_of(slug, customer_id), close)
