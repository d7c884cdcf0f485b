"""The append-only double-entry ledger. Corrections are new journals."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField

from models.base import Row
from models.fields import Minor, UtcDateTime
from models.merchants import Merchant


class Journal(Row):
    """One money event; its postings sum to zero per currency."""

    merchant = ForeignKeyField(Merchant)
    kind = CharField(max_length=24)
    source = CharField(max_length=64)
    at = UtcDateTime()

    class Meta:
        indexes = ((("kind", "source"), True),)


class Posting(Row):
    """One side of a journal. Accounts are named in protocol.md 1: gateway:<account>, receivable:<order>, …"""

    journal = ForeignKeyField(Journal, backref="postings")
    account = CharField(max_length=80, index=True)
    amount = Minor()  # debit positive, credit negative
    currency = CharField(max_length=3)
