"""PDF by typst: a template of ours and data. What people wrote reaches it as JSON and is never read as markup.

The document is tagged for screen readers (PDF/UA-1, ISO 14289-1). No file is read but the fonts here, none is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

_FONTS = Path(__file__).parent / "fonts"
_ACCESSIBLE = "ua-1"


def render(template: str, data: Mapping[str, Any], *, made_at: datetime) -> bytes:
    """The document as PDF. `data` (JSON-able) is `json(bytes(sys.inputs.data))` in the template; `made_at` is its date.

    A character that no font of ours draws (an emoji, Chinese) is taken from the system's fonts; where these do not
    have it either, the document comes without the promise of PDF/UA, but tagged all the same.
    """
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    for fonts, standards in ((_ours(), [_ACCESSIBLE]), (_with_system(), [_ACCESSIBLE])):
        try:
            return _compiled(template, inputs, made_at, fonts, standards)
        except typst.TypstError as problem:
            if "could not be displayed" not in problem.message:
                raise
    return _compiled(template, inputs, made_at, _with_system(), [])


def _compiled(template: str, inputs: dict[str, str], made_at: datetime, fonts: Any, standards: Any) -> bytes:
    return typst.compile(
        template.encode(),
        root=str(_FONTS),
        font_paths=fonts,
        sys_inputs=inputs,
        format="pdf",
        pdf_standards=standards,
        timestamp=int(made_at.timestamp()),
    )


@lru_cache
def _ours() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_FONTS)])


@lru_cache
def _with_system() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=[str(_FONTS)])
