"""The catalogue in the documentation is the catalogue in the code."""

from __future__ import annotations

import re
from pathlib import Path

from domain.mail import letters, staff_letters
from domain.mail.catalogue import Template

_ROOT = Path(__file__).parent.parent.parent


def test_every_template_has_its_line_and_its_function():
    lines = re.findall(r"^\| `(\w+)` \|", (_ROOT / "docs" / "mail.md").read_text(), re.MULTILINE)
    assert sorted(lines) == sorted(Template)
    assert all(callable(getattr(letters, template, None) or getattr(staff_letters, template)) for template in Template)
    assert {path.stem for path in (_ROOT / "domain/mail/messages").glob("*.py")} - {"__init__"} == set(Template)
