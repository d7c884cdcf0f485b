"""What a browser says about itself, in two words that a person recognises. A hint for its owner, never a proof."""

from __future__ import annotations

_MOST = 400  # characters of a User-Agent that are looked at: reading it takes long when it is absurdly long
_PLAIN = {"Mac OS X": "Mac", "Chrome OS": "ChromeOS"}


def device_of(user_agent: str) -> str:
    """For example "Chrome · Android": the same in every language. Empty when nothing is recognised. At most 80 long."""
    import ua_parser  # its table takes a quarter of a second and is needed at sign-in only

    told = user_agent[:_MOST]
    browser, system = ua_parser.parse_user_agent(told), ua_parser.parse_os(told)
    found = (browser.family if browser else "", _PLAIN.get(system.family, system.family) if system else "")
    return " · ".join(_without_mobile(name) for name in found if name)[:80]


def _without_mobile(name: str) -> str:
    return " ".join(word for word in name.split() if word not in ("Mobile", "WebView")) or name
