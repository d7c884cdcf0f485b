"""What the merchant's people find in the console on the demo's first morning: a team, a list in hand, figures."""

from __future__ import annotations

from domain.accounts import team
from domain.accounts.viewer import Audience, Role, Viewer
from domain.customers.desk import add_note
from domain.demo.cast import House
from domain.desk.found import found
from domain.desk.mark import Person, take
from domain.desk.terms import Kind
from domain.duplicates.find import find
from domain.merchants.facts import facts_of
from domain.reports.recompute import count_at_once
from kit.ids import uuid7
from models.merchants import Staff

_NOTE = "Called: a new card is on its way and will be entered next week."


def furnish(house: House) -> None:
    """A colleague is invited and another has begun with the list; who may be twice is found, all days are counted."""
    _invite(house)
    _begin_with_the_list(house)
    find(house.merchant.id)
    count_at_once(house.merchant)


def _invite(house: House) -> None:
    owner, new = _staff(house.trade.owner.email), house.trade.invited
    viewer = Viewer(
        session_id=uuid7(),
        audience=Audience.STAFF,
        name=owner.name,
        email=owner.email,
        staff_id=owner.id,
        merchant=facts_of(house.merchant),
        role=Role.OWNER,
    )
    team.invite(viewer=viewer, email=new.email, name=new.name, role=Role.VIEWER)


def _begin_with_the_list(house: House) -> None:
    """The manager has taken the oldest row that asks for a new card, and has called."""
    manager, merchant = _staff(house.trade.manager.email), house.merchant.id
    rows = [row for row in found(merchant, house.moment(house.last_day, 18)) if row.kind is Kind.NEW_CARD]
    for row in sorted(rows, key=lambda row: (row.since, row.name))[:1]:
        take(Person(merchant, manager.id), row)
        if row.customer:
            add_note(merchant=merchant, customer=row.customer, handle=uuid7(), text=_NOTE, staff=manager.id)


def _staff(email: str) -> Staff:
    row: Staff = Staff.get(Staff.email == email)
    return row
