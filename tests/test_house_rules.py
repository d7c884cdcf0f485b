"""The rules of the house that a machine can check (design.md 3, 7; CONTRIBUTING.md). Each failure names the place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ("kit", "models", "integrations", "domain", "dashboard", "workers", "sandbox", "commands")
ENTRIES = ("manage.py", "wsgi.py")
BANNED_NAMES = {"utils", "helpers", "common", "manager", "service", "misc"}


@cache
def sources(*folders: str) -> tuple[Path, ...]:
    """Every Python file of ours, migrations left out (they are history)."""
    found = [path for folder in folders or HOUSE for path in (ROOT / folder).rglob("*.py")]
    entries = [] if folders else [ROOT / name for name in ENTRIES]
    return tuple(path for path in [*found, *entries] if "migrations" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    """A file, parsed."""
    return ast.parse(path.read_text(), str(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All that a file consists of, from the outside in."""
    return tuple(ast.walk(tree(path)))


def where(path: Path, node: ast.AST | None = None) -> str:
    """A place, as an editor opens it."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file."""
    return (node for node in nodes(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the last part of its name."""
    for node in nodes(path):
        if isinstance(node, ast.Call):
            yield node, getattr(node.func, "attr", getattr(node.func, "id", ""))


def test_a_file_has_400_lines_at_most() -> None:
    tests = tuple((ROOT / "tests").rglob("*.py"))
    assert [where(path) for path in (*sources(), *tests) if len(path.read_text().splitlines()) > 400] == []


def test_a_function_has_60_lines_at_most() -> None:
    long = [
        where(path, node)
        for path in sources()
        for node in functions(path)
        if (node.end_lineno or 0) - node.lineno + 1 > 60
    ]
    assert long == []


def test_no_drawer_of_everything() -> None:
    assert [where(path) for path in sources() if path.stem in BANNED_NAMES or path.parent.name in BANNED_NAMES] == []


def test_moments_are_kept_in_our_own_column() -> None:
    plain = [where(path, node) for path in sources("models") for node, name in calls(path) if name == "DateTimeField"]
    assert plain == []


def test_there_is_one_clock() -> None:
    """`now` comes from kit.clock; the sandbox has a day of its own."""
    allowed = {ROOT / "kit/clock.py", ROOT / "domain/demo/clock.py"}
    readers = [
        where(path, node)
        for path in sources(*(folder for folder in HOUSE if folder != "sandbox"))
        if path not in allowed
        for node, name in calls(path)
        if name in {"now", "utcnow", "today"} and isinstance(node.func, ast.Attribute)
        and getattr(node.func.value, "id", "") in {"datetime", "date", "dt"}
    ]  # fmt: skip
    assert readers == []


@pytest.mark.parametrize("folder", ["domain", "models", "integrations"])
def test_no_float_comes_near_money(folder: str) -> None:
    """No `/ 100`, no float(), no round(): amounts are counted, not measured."""
    for path in sources(folder):
        for node in nodes(path):
            right = node.right if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) else None
            assert not (isinstance(right, ast.Constant) and right.value == 100), where(path, node)
        for node, name in calls(path):
            assert name != "round" or "demo" in path.parts, where(path, node)  # the demo rounds shares of people


def test_texts_are_looked_up_when_they_are_shown() -> None:
    """`_()` at module level would freeze the first reader's language."""
    frozen = []
    for path in sources():
        inside = {id(inner) for node in functions(path) for inner in ast.walk(node)}
        inside |= {id(inner) for node in nodes(path) if isinstance(node, ast.Lambda) for inner in ast.walk(node)}
        frozen += [
            where(path, node) for node, name in calls(path) if name in {"_", "ngettext"} and id(node) not in inside
        ]
    assert frozen == []


def test_no_callback_moves_money_or_signs_anybody_out() -> None:
    """Whatever moves money, signs in or out or leaves the site is a native form (design.md 7)."""
    forbidden = {"press", "ask", "give_up", "collect_due", "make_try", "start", "close", "revoke_all", "sign_out"}
    reaching = []
    for path in sources("dashboard"):
        for node in functions(path):
            names = {getattr(getattr(d, "func", d), "id", getattr(getattr(d, "func", d), "attr", "")) for d in
                     node.decorator_list}  # fmt: skip
            if "callback" in names:
                reaching += [
                    where(path, call)
                    for call in ast.walk(node)
                    if isinstance(call, ast.Call)
                    and getattr(call.func, "attr", getattr(call.func, "id", "")) in forbidden
                ]
    assert reaching == []


def test_html_is_written_in_templates_only() -> None:
    """Markup(...) around a built string would go round the escaping."""
    allowed = {ROOT / name for name in ("dashboard/render.py", "dashboard/shell.py", "dashboard/brand.py")}
    made = [
        where(path, node)
        for path in sources("dashboard", "domain")
        if path not in allowed
        for node, name in calls(path)
        if name == "Markup" and node.args and not isinstance(node.args[0], ast.Constant)
    ]
    assert made == []


def test_charts_are_bars_lines_and_pies() -> None:
    """The basic plotly bundle turns any other type into a line without a word."""
    drawn = {
        pair.value
        for path in sources("dashboard")
        for node in nodes(path)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "type" and isinstance(value, ast.Constant)
        for pair in [value]
        if "figures" in str(path)
    }
    assert drawn <= {"bar", "scatter", "pie", "category", "date", "linear", "rect"}


def test_every_table_is_in_the_schema() -> None:
    """A table that schema.py does not import would exist only while somebody else imports it."""
    from models import schema

    known = {table.__name__ for table in schema.tables()}
    named = {
        node.name
        for path in sources("models")
        for node in tree(path).body
        if isinstance(node, ast.ClassDef) and any(getattr(base, "id", "") == "Row" for base in node.bases)
    }
    assert named <= known


def test_public_functions_of_the_domain_say_what_they_promise() -> None:
    silent = [
        where(path, node)
        for path in sources("domain", "kit", "integrations")
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and ast.get_docstring(node) is None
    ]
    assert silent == []


def test_nothing_names_a_package_host_or_a_developers_machine() -> None:
    files = [ROOT / name for name in ("requirements.txt", "requirements-dev.txt", "Makefile", "README.md")]
    for path in files:
        if path.exists():
            text = path.read_text()
            assert "index-url" not in text, path
            assert "/root/" not in text, path
            assert "/work/" not in text, path
