"""The trail as a file: the filtered list, with the codes beside the words."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.download import file
from dashboard.pages.merchant.audit import KEYS, told, wanted
from dashboard.viewer import signed_in
from domain.accounts.viewer import Audience, MerchantFacts
from domain.events.audit import Wanted, all_of
from kit.csv_text import csv_text
from kit.i18n import _

views = Blueprint("audit", __name__)


@views.get("/merchant/<slug>/audit.csv")
@door(Audience.STAFF)
def export(slug: str) -> ResponseReturnValue:
    """Everything that fits the filters, the newest first."""
    house = signed_in().merchant
    assert house is not None
    asked = wanted({name: request.args.get(name, "") for name in KEYS})
    pieces = (piece.encode() for piece in csv_text(_rows(house, asked)))
    return file(pieces, kind="text/csv; charset=utf-8", name=f"audit-{slug}.csv")


def _rows(house: MerchantFacts, asked: Wanted) -> Iterator[list[str]]:
    yield [
        _("When (UTC)"),
        _("Who"),
        _("What"),
        _("Customer"),
        "actor",
        "actor_id",
        "kind",
        "customer_id",
        "subject_id",
        "facts",
    ]
    for entry in all_of(house.id, asked, zone=house.zone):
        shown = told(entry, house)
        codes = [entry.actor, entry.actor_id, entry.kind, entry.customer_id, entry.subject_id]
        at = entry.at.isoformat(timespec="seconds")
        yield [at, shown.who, shown.what, entry.customer_name, *codes, json.dumps(entry.facts, sort_keys=True)]
