"""Two merchants in one store: no address of one shows or touches what is the other's."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest

from dashboard import routes
from dashboard.callbacks import audience_of
from domain.accounts.viewer import Audience
from models import schema
from tests import every_desk
from tests.console.test_roles import ask, token_of
from tests.every_desk import browser, desk
from tests.pages.test_every_page import body_of, draw
from tests.served import portal
from tests.web.conftest import token_in

OURS, THEIRS = "Quayside", "Zorblat"
# What an empty form with a foreign id gets: not there; what it lacks comes first; an act found nothing to do.
REFUSED = (404, 400, 303)


@pytest.fixture
def server(sqlite_store, sandbox, clock):
    made = portal()
    made.test_client().get("/healthz")
    return made


@pytest.fixture
def desks(server, clock):
    return desk("harbor", OURS, clock), desk("summit", THEIRS, clock)


@pytest.fixture
def owner(server, desks):
    return browser(server, desks[0].people["owner"], look_at=desks[0])


def test_every_foreign_id_is_a_404_one_by_one(server, desks, owner):
    """Each variable in turn is the other merchant's, the rest one's own: also a nested id that is not the parent's."""
    ours, theirs = desks
    token, wrong, asked = token_of(owner, "/merchant/harbor/settings/you"), [], 0
    script, before = token_in(owner.get("/merchant/harbor/audit").text), _rows_of(theirs)
    for address in every_desk.addresses(server):
        for name in address.ids:
            path = address.of(ours, **{name: every_desk.value(address.rule, name, theirs)})
            answer, asked = ask(owner, address, path, token), asked + 1
            refused = (404,) if address.method == "GET" else REFUSED
            if answer.status_code not in refused:
                wrong.append(f"{address.method} {address.rule} <{name}>: {answer.status_code}")
            elif address.dash and draw(owner, path, token=script).status_code != 404:
                wrong.append(f"callback of {address.rule} <{name}>")
            if THEIRS in answer.data.decode(errors="replace"):
                wrong.append(f"{address.method} {address.rule} <{name}> shows the other's")
    assert wrong == [] and asked > 60
    assert _rows_of(theirs) == before, "a form that was refused has changed nothing of the other's"


def _rows_of(desk):
    """Everything that is stored under that merchant."""
    kept: list[Any] = [table for table in schema.tables() if "merchant" in table._meta.fields]
    assert len(kept) > 20
    return {
        table._meta.table_name: sorted(map(repr, table.select().where(table.merchant == desk.merchant).tuples()))
        for table in kept
    }


def _texts(owner, address, path):
    answer = owner.get(path)
    texts = [_unzipped(answer.data) if "sheet" in answer.mimetype else answer.data.decode(errors="replace")]
    if address.dash and answer.status_code == 200:
        texts.append(draw(owner, path, token=token_in(answer.text)).text)
    return "".join(texts)


def _unzipped(data):
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return "".join(book.read(name).decode(errors="replace") for name in book.namelist())


def test_no_page_and_no_export_holds_a_word_of_the_others(server, desks, owner):
    ours, _theirs = desks
    leaks, seen = [], ""
    for address in (each for each in every_desk.addresses(server) if each.method == "GET"):
        kinds = re.findall(r"<any\(([^)]*)\):kind>", address.rule)
        for kind in kinds[0].split(", ") if kinds else [""]:
            text = _texts(owner, address, address.of(ours, **({"kind": kind} if kind else {})))
            leaks += [address.rule] if THEIRS in text else []
            seen += text
    assert leaks == []
    assert all(f"{OURS} {word}" in seen for word in ("Morgan", "workshop", "membership", "owner", "Colleague"))


def test_no_filter_reaches_over(server, desks, owner):
    """Every query key that a page names, and the search, with the other's ids and addresses."""
    ours, theirs = desks
    asked = [theirs.ids["customer"], theirs.ids["payment"], str(theirs.people["owner"].id), "summit.morgan"]
    leaks, token = [], token_in(owner.get("/merchant/harbor/audit").text)
    keys = {row.path: row.query for row in routes.rows() if row.audience is Audience.STAFF}
    for page in (each for each in every_desk.addresses(server) if each.dash and keys[each.rule]):
        for text in asked:
            query = "&".join(f"{key}={text}" for key in keys[page.rule] if key != "page")
            answer = draw(owner, f"{page.of(ours)}?{query}", token=token)
            leaks += [f"{page.rule}?{query}"] if THEIRS in answer.text else []
    for text in asked:
        for address in ("search?q", "audit.csv?customer", "audit.csv?who"):
            answer = owner.get(f"/merchant/harbor/{address}={text}")
            leaks += [f"{address}={text}"] if THEIRS in answer.text else []
    assert leaks == []


def test_no_callback_answers_from_the_others_page(server, desks, owner):
    token = token_of(owner, "/merchant/harbor/settings/you")
    for output, declared in server.extensions["settle_dash"].callback_map.items():
        headers = {"X-Settle-Page": "/merchant/summit", "X-CSRFToken": token}
        answer = owner.post("/_dash-update-component", headers=headers, json=body_of(output, declared))
        assert answer.status_code == 401 and THEIRS not in answer.text, (output, audience_of(output))
