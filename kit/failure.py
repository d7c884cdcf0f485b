"""What may be told of an exception: its type, where it was raised, and of its message only what is no person's data.

An exception quotes whatever went wrong: a name, an address, a card's number, a row of the store. A pattern finds cards
and e-mail addresses, no pattern finds names. So a word of a message stays only when it stands in the code that the
exception came through, or is a plain small word, a name with underscores, a short number or an id.
"""

from __future__ import annotations

import builtins
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, TracebackType

_HOME = str(Path(__file__).parents[1])
_FRAMES = 12  # at either end of a trace: one that called itself a thousand times is told, too
_CHAIN = 4  # exceptions that led to one another
_LONGEST = 300  # characters of a message
_DIGITS = re.compile(r"(?<![\w-])\+?\d(?:[ ()/.-]{0,2}\d){6,}(?![\w-])")  # of a telephone, a card, an account
_WORD = re.compile(r"[\w.@%+-]+", re.ASCII)
_QUOTED = re.compile(r"""(?<!\w)(['"`“‘])(.*?)(['"`”’])(?!\w)""")
_PLAIN = re.compile(r"[a-z]+(?:-[a-z]+)*|[a-z_]*(?:_[a-z0-9]+)+|-?\d{1,6}(?:\.\d{1,4})?")
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_NO_NAMES = frozenset({*dir(builtins), "NoneType", "UNIQUE", "FOREIGN", "KEY", "NOT", "NULL", "CHECK", "SQL", "JSON"})


@dataclass(frozen=True)
class Failure:
    """An exception as it may be kept. `group` is the same for the same place, whatever its line and message are."""

    type: str
    message: str
    trace: str
    group: str


def told(error: BaseException, about: str = "") -> Failure:
    """What may be kept of an exception. `about` goes into the group: the kind of work that failed."""
    name = type(error).__name__
    place = f"{about} {name} {_innermost_of_ours(error)}"
    return Failure(name, message(error), trace(error), hashlib.sha256(place.encode()).hexdigest()[:12])


def message(error: BaseException) -> str:
    """The first line of its message without what may be somebody's data; each gap is one …"""
    try:
        lines = str(error).splitlines()
    except Exception:  # its own __str__ may be what is broken
        lines = []
    known = _NO_NAMES | {word for code in _codes(error) for word in _words_of(code)}
    told = _hidden(lines[0][: 4 * _LONGEST], known) if lines else ""
    return re.sub(r"…(?:[\s,;:]*…)+", "…", told)[:_LONGEST]


def _hidden(text: str, known: frozenset[str] | set[str]) -> str:
    def of_quotes(match: re.Match[str]) -> str:
        inner = match.group(2)
        return match.group() if inner in known or ("_" in inner and _PLAIN.fullmatch(inner)) else "'…'"

    def of_word(match: re.Match[str]) -> str:
        word = match.group().strip(".-")
        fine = not word or word in known or _PLAIN.fullmatch(word) or _ID.fullmatch(word)
        return match.group() if fine else "…"

    bare = re.sub(r"[^\x20-\x7e…]+", "…", _DIGITS.sub("…", _QUOTED.sub(of_quotes, text)))
    return re.sub(r"(?:\w*…\w*)+", "…", _WORD.sub(of_word, bare))


def trace(error: BaseException) -> str:
    """Files, lines and functions, the cause first; no line of code and no value."""
    told = []
    for one in reversed(list(_chain(error))):
        frames = [_told_frame(code, line) for code, line in _frames(one.__traceback__)]
        if len(frames) > 2 * _FRAMES:
            frames = [*frames[:_FRAMES], f"  … {len(frames) - 2 * _FRAMES} more", *frames[-_FRAMES:]]
        said = message(one)
        told.append("\n".join([*frames, f"{type(one).__name__}: {said}" if said else type(one).__name__]))
    return "\n\n".join(told)


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    for _ in range(_CHAIN):
        if found is None:
            return
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _frames(trace: TracebackType | None) -> Iterator[tuple[CodeType, int]]:
    while trace is not None:
        yield trace.tb_frame.f_code, trace.tb_lineno
        trace = trace.tb_next


def _codes(error: BaseException) -> set[CodeType]:
    return {code for code, _line in _frames(error.__traceback__)}


def _words_of(code: CodeType) -> Iterator[str]:
    """The words that stand in a function: of its texts, and its names."""
    yield from code.co_names
    yield from code.co_varnames
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield from _WORD.findall(constant)


def _told_frame(code: CodeType, line: int) -> str:
    return f'  File "{_short(code.co_filename)}", line {line}, in {code.co_qualname}'


def _short(path: str) -> str:
    """From our folder or the library's on: where an install lives is nobody's business."""
    inside = path.rpartition("/site-packages/")[2]
    return inside if inside != path else path.removeprefix(f"{_HOME}/")


def _innermost_of_ours(error: BaseException) -> str:
    """Function and file, without a line: the same after a change nearby. Our tools are passed over: whoever reads a row
    that is gone fails in the same line of them."""
    codes = [code for code, _line in _frames(error.__traceback__)]
    ours = [one for one in codes if one.co_filename.startswith(_HOME) and "-packages" not in one.co_filename]
    doing = [one for one in ours if not _short(one.co_filename).startswith(("kit/", "models/"))]
    code = next((found[-1] for found in (doing, ours, codes) if found), None)
    return f"{_short(code.co_filename)}:{code.co_qualname}" if code else ""
