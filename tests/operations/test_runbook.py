"""The runbook has a section for each rule, and every command in it is one that there is."""

from __future__ import annotations

import re

import pytest

from domain.operations import runbook
from domain.operations.alarms.rules import RULES
from integrations.queue.kinds import QUEUES
from manage import COMMANDS


def test_each_rule_has_its_section_that_says_when_to_wake_somebody():
    sections = {section.name: section for section in runbook.sections()}
    assert list(sections) == [*RULES, "webhook", "restored"], "in the table's order, and none for a rule that went"
    for name in RULES:
        words = [("".join(text for text, _code in line)) for block in sections[name].blocks for line in block.lines]
        assert words[0].startswith("It means: ") and words[-1].startswith("Wake somebody: "), name


def test_its_commands_exist():
    text = runbook.FILE.read_text()
    named = set(re.findall(r"python manage\.py ([a-z-]+)", text))
    assert named and named <= {command.name for command in COMMANDS}
    assert set(re.findall(r"python -m workers (\w+)", text)) <= {*QUEUES, "clock"}


def test_whoever_leads_to_a_section_leads_to_one_that_there_is():
    root, names = runbook.FILE.parents[1], {section.name for section in runbook.sections()}
    files = [path for folder in ("dashboard", "deploy", "domain", "docs") for path in (root / folder).rglob("*.*")]
    texts = [path.read_text() for path in files if path.suffix in {".html", ".py", ".yml", ".md"}]
    named = {name for text in texts for name in re.findall(r"runbook(?:\.md)?#(\w+)", text)}
    assert "queue_unmanned" in named and named <= names


@pytest.mark.parametrize("wrong", ["## No place\n\nText.", "## A · `a`\n\n**bold**", "## A · `a`\n\nOpen `code"])
def test_what_the_page_would_draw_wrongly_is_refused(wrong):
    with pytest.raises(ValueError):
        runbook.read(wrong)
