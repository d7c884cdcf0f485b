"""No page and no mail holds a text that was never marked for translation."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import pytest
from babel.dates import get_day_names, get_month_names

from domain.mail.catalogue import Template
from domain.mail.dress import message
from domain.mail.letter import Envelope
from domain.merchants.facts import facts_of
from kit.i18n import speaking
from models.base import unit_of_work
from models.methods import Mandate
from models.work import Mail
from tests import every_page, factory
from tests.i18n import pseudo
from tests.pages.console import drawn, signed_in
from tests.pages.test_every_page import draw
from tests.served import portal

# What people, merchants and the calendar are called, in the samples of tests/every_page.py; and names of no language.
DATA = (
    *("Alex Morgan", "Harbor Yoga", "alex.morgan@example.com", "alex@new.example", "weekdays 9 to 5"),
    *("12 Quay Street", "Portland", "ME", "USA", "United States", "Apt 4", "Robin Morgan", "robin@example.com"),
    *("Monthly membership", "Yoga mat and blocks", "Workshop: breathing", "Retreat deposit", "paid from the mail"),
    *("Class, declined", "Class, pending", "Class,", "declined", "pending", "hello@harbor.example", "Settle", "Ctrl P"),
    *(
        "Visa",
        "VISA",
        "visa",
        "Membership",
        "HY",
        "python manage.py",
        "Stripe Test Bank",
        "STRIPE TEST BANK",
        "bank.example",
        "USD",
        "UTC",
        "CSV",
        "JSON",
        "PDF",
        "SQLite",
        "PostgreSQL",
        "stripe",
    ),
    *("Sam Okafor", "charges", "figures", "imports", "mail", "upkeep", "webhooks"),  # queues go by their names
)
_CALENDAR = tuple(
    name
    for width in ("wide", "abbreviated")
    for names in (get_month_names(width, locale="en_US"), get_day_names(width, locale="en_US"))
    for name in names.values()
)
_NUMBERS = re.compile(r"\b[A-Z]{1,4}-[A-Z0-9]+\b|\b[0-9a-f]{8,}\b|https?://\S+|[\w.+-]+@[\w.-]+|/[\w/-]+")
_WORD = re.compile(r"[^\W\d_]{2,}")


def untranslated(texts: Iterable[str]) -> list[str]:
    """Those that hold a word which is neither ours in brackets nor data."""
    found = []
    for text in texts:
        rest = _NUMBERS.sub(" ", pseudo.outside(text))
        for name in sorted((*DATA, *_CALENDAR), key=len, reverse=True):
            rest = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", rest)
        if _WORD.search(rest):
            found.append(text)
    return found


def test_a_text_without_brackets_is_found():
    page = '<p>⟦Páy ⟦nów⟧⟧ $12.00</p><p title="Left out">Alex Morgan</p><button>Go on</button><script>let it</script>'
    assert untranslated(pseudo.texts_of(page)) == ["Left out", "Go on"]


def test_every_page(sqlite_store, sandbox, clock, monkeypatch):
    server = portal()
    server.test_client().get("/healthz")
    life = every_page.life(clock)
    # An authorization stays in the words that were agreed to.
    given = {" ".join(line.split()) for mandate in Mandate.select() for line in mandate.text.splitlines()}
    pseudo.switch_on(monkeypatch)
    found = []
    for page in every_page.pages(server, life):
        browser = life.browser(server, page.person)
        shown = browser.get(page.path)
        if shown.status_code == 303:
            continue  # what asks for a proof that this session has given
        assert "⟦" in shown.text, page.rule
        texts = pseudo.texts_of(shown.text)
        if page.rule.endswith("/authorization"):
            texts = [text for text in texts if text not in given]
        found += [f"{page.rule}: {text}" for text in untranslated(texts)]
        if page.dash:
            answer = draw(browser, page.path).get_json()
            found += [f"{page.rule}: {text}" for text in untranslated(pseudo.texts_of_components(answer))]
    for path in ("/nowhere", "/p/harbor/nowhere"):
        lost = life.browser(server, every_page.ANONYMOUS).get(path).text
        found += [f"{path}: {text}" for text in untranslated(pseudo.texts_of(lost))]
    assert found == [], "\n".join(sorted(set(found)))


def test_the_pages_of_merchants_and_operators(sqlite_store, sandbox, clock, monkeypatch):
    server = portal()
    server.test_client().get("/healthz")
    life = every_page.life(clock)
    who = factory.staff(of=life.alex.merchant, operator=True)
    pseudo.switch_on(monkeypatch)
    found = []
    for path in ("/merchant/harbor", "/operations", "/merchant", "/merchant/sign-in", "/merchant/forgot"):
        browser = signed_in(server, who if "sign" not in path and "forgot" not in path else None)
        shown = browser.get(path)
        found += [f"{path}: {text}" for text in untranslated(pseudo.texts_of(shown.text)) if shown.status_code == 200]
        if "_dash" in shown.text:
            answer = drawn(browser, path).get_json()
            found += [f"{path}: {text}" for text in untranslated(pseudo.texts_of_components(answer))]
    assert found == [], "\n".join(sorted(set(found)))


def test_every_mail_of_a_life(sqlite_store, sandbox, clock, monkeypatch):
    life = every_page.life(clock)
    house = facts_of(life.alex.merchant)
    pseudo.switch_on(monkeypatch)
    found, built = [], set()
    for mail in Mail.select():
        envelope = Envelope(json.loads(mail.facts), mail.to_address, mail.to_name, house)
        with unit_of_work(), speaking(zone=house.zone):
            letter = import_module(f"domain.mail.messages.{mail.template}").build(envelope)
        if letter is None:
            continue
        with speaking(zone=house.zone):
            dressed = message(letter, envelope, mail_id=str(mail.id), made_at=mail.created_at)
        html = dressed.get_body(("html",)).get_content()
        text = [line for line in dressed.get_body(("plain",)).get_content().splitlines() if line.strip()]
        built.add(mail.template)
        found += [
            f"{mail.template}: {each}" for each in untranslated([dressed["Subject"], *pseudo.texts_of(html), *text])
        ]
    assert found == [], "\n".join(sorted(set(found)))
    assert built >= {Template.RECEIPT, Template.BANK_DEBIT_ON_ITS_WAY}


_ROOT = Path(__file__).parents[2]
_MARKS = ("_", "ngettext")


@pytest.mark.parametrize("template", sorted(Template))
def test_no_letter_has_an_unmarked_text(template):
    """For the letters that no life brings: every text with a space in it stands inside `_()` or `ngettext()`."""
    tree = ast.parse((_ROOT / "domain/mail/messages" / f"{template}.py").read_text())
    assert _unmarked(tree) == []


def test_no_refusal_has_an_unmarked_text():
    """What a DomainError says is read by people. A note for the trail of a machine begins small."""
    found = []
    for path in sorted((_ROOT / "domain").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _is_ours(node.exc.func):
                found += [f"{path.relative_to(_ROOT)}: {text}" for text in _unmarked(node.exc) if text[0].isupper()]
    assert found == []


def _is_ours(name: ast.expr) -> bool:
    return isinstance(name, ast.Name) and name.id in ("DomainError", "Conflict", "NotAllowed", "NotFound")


def _unmarked(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in (*_MARKS, "ValueError"):
        return []
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "manage.py" not in node.value:
        return [node.value] if " " in node.value.strip() and _WORD.search(node.value) else []
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
        children.remove(node.body[0])
    return [text for child in children for text in _unmarked(child)]
