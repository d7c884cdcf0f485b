"""The operators' trail as a file: the filtered list, with the codes beside the words."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.download import file
from dashboard.pages.operations.audit import KEYS, told, wanted
from domain.accounts.viewer import Audience
from domain.operations import trail
from domain.operations.trail import Wanted
from kit.csv_text import csv_text
from kit.i18n import _

views = Blueprint("operations_audit", __name__)


@views.get("/operations/audit.csv")
@door(Audience.OPERATOR)
def export() -> ResponseReturnValue:
    """Everything that fits the filters, the newest first."""
    asked = wanted({name: request.args.get(name, "") for name in KEYS})
    pieces = (piece.encode() for piece in csv_text(_rows(asked)))
    return file(pieces, kind="text/csv; charset=utf-8", name="audit-operations.csv")


def _rows(asked: Wanted) -> Iterator[list[str]]:
    words = [_("When (UTC)"), _("Who"), _("What"), _("Why"), _("Merchant")]
    yield [*words, "actor", "actor_id", "kind", "subject_id", "about", "picked", "done", "refused", "facts"]
    for entry in trail.all_of(asked):
        shown = told(entry)
        codes = [entry.actor, entry.actor_id, entry.kind, entry.subject_id, entry.about, entry.picked]
        counts = [str(entry.done), str(entry.refused), json.dumps(entry.facts, sort_keys=True)]
        at = entry.at.isoformat(timespec="seconds")
        yield [at, shown.who, shown.what, entry.reason, entry.merchant, *codes, *counts]
