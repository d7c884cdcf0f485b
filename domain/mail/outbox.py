"""The outbox: an e-mail is a row first, written with the fact that it tells. A worker sends it after the commit."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from domain.mail.catalogue import Template
from domain.work.wake import Work, wake
from kit.clock import utc_now
from kit.ids import uuid7
from models.base import require_unit_of_work
from models.work import Mail, MailState


def queue_mail(
    template: Template,
    *,
    merchant: UUID | None,
    to_address: str,
    to_name: str,
    facts: Mapping[str, str],
    dedup_key: str,
    not_before: datetime | None = None,
    customer: UUID | None = None,
    order: str | None = None,
) -> None:
    """Puts one e-mail into the outbox, in the caller's unit of work, and wakes a worker after the commit.

    A second call with the same `dedup_key` does nothing: one key, one mail. `facts` are ids and codes, never a
    rendered text, a person's data or a token. `customer` and `order`: to whose timelines a letter to a customer
    belongs. Raises RuntimeError outside a unit of work.
    """
    require_unit_of_work()
    mail_id, now = uuid7(), utc_now()
    due = max(not_before or now, now)
    Mail.insert(
        id=mail_id,
        merchant=merchant,
        template=str(template),
        to_address=to_address,
        to_name=to_name,
        facts=json.dumps(dict(facts), sort_keys=True),
        customer_id=customer and str(customer),
        order_id=order,
        dedup_key=dedup_key,
        state=MailState.DUE,
        due_at=due,
        created_at=now,
    ).on_conflict_ignore().execute()
    if due == now and Mail.select().where(Mail.id == mail_id).exists():
        wake(Work.MAIL, mail_id)


def follow(*, customers: Collection[UUID], old: str, new: str) -> None:
    """Letters about these records that still wait for the old mailbox go to the new one, in a unit of work.

    Not the word of the change itself, which the old mailbox must get; letters about an account are no record's.
    """
    require_unit_of_work()
    Mail.update(to_address=new).where(
        Mail.customer_id.in_([str(each) for each in customers]),
        Mail.to_address == old,
        Mail.state == MailState.DUE,
        Mail.template != str(Template.CONTACT_CHANGE),
    ).execute()
