"""What is wrong with a form is told: a summary takes the focus, each field names its sentence, what was typed stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.every_page import ALEX, ANONYMOUS, Life

pytestmark = pytest.mark.browser
_TOLD = """() => {
  const wrong = [], fields = [...document.querySelectorAll('[aria-invalid=true]')];
  const summary = document.querySelector('#summary');
  if (!summary) return ['no summary'];
  if (document.activeElement !== summary)
    wrong.push(`the focus is on ${document.activeElement.outerHTML.slice(0, 60)}`);
  if (summary.getAttribute('role') !== 'alert') wrong.push('the summary is not announced');
  for (const field of fields) {
    const told = (field.getAttribute('aria-describedby') || '').split(' ').map((id) => document.getElementById(id));
    const said = told.some((each) => each && each.classList.contains('error') && each.innerText.trim());
    if (!said) wrong.push(`${field.name}: not told`);
  }
  for (const link of summary.querySelectorAll('a')) {
    const at = document.querySelector(link.getAttribute('href'));
    if (!at || at.getAttribute('aria-invalid') !== 'true') wrong.push(`${link.innerText}: leads to no wrong field`);
  }
  return wrong;
}"""
# Where, what is typed, whether a single field is at fault (a wrong password is nobody's field).
_OPEN = (
    ("/sign-in", {"Email": "alex.morgan@example.com", "Password": "not this one"}),
    ("/create-account", {"Email": "nobody"}),
    ("/forgot", {"Email": "nobody"}),
)
_OWN = (
    ("/details/change/name", {"New name": ""}),
    ("/details/address/billing", {"ZIP code": "not a code"}),
    ("/security/password", {"New password": "short"}),
)


@pytest.mark.parametrize("person", [ANONYMOUS, ALEX])
def test_what_is_wrong_is_told(everything: Life, calm: Callable[..., BrowserContext], origin: str, person: str) -> None:
    page = calm(everything, person, origin).new_page()
    wrong = []
    for path, typed in _OPEN if person == ANONYMOUS else (*_OWN, *_methods(everything)):
        page.goto(f"{origin}/p/harbor{path}")
        _send(page, typed)
        wrong += [f"{path}: {each}" for each in page.evaluate(_TOLD)]
        for label, text in typed.items():
            field = page.get_by_label(label, exact=True)
            kept = "" if "assword" in label else text
            if field.input_value() != kept:
                wrong.append(f"{path}: {label} holds {field.input_value()!r} now")
    assert wrong == [], "\n".join(wrong)


def _methods(made: Life) -> tuple[tuple[str, dict[str, str]], ...]:
    return ((f"/methods/{made.ids['method']}", {"Your own name for it": "x" * 41}),)


def _send(page: Page, typed: dict[str, str]) -> None:
    """Past the browser's own checks: what the server says is what is looked at."""
    for label, text in typed.items():
        page.get_by_label(label, exact=True).fill(text)
    page.evaluate("[...document.forms].forEach((form) => form.noValidate = true)")
    page.get_by_label(next(reversed(typed)), exact=True).press("Enter")
    page.locator("#summary").wait_for()
