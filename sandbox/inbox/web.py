"""The web side: a list, one mail as HTML or text, and the same as JSON for tests."""

from __future__ import annotations

import re
from datetime import datetime

from flask import Flask, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from sandbox.inbox.catcher import Catcher, Manner
from sandbox.inbox.letters import Caught, Letters

_PAGE = 50
_LINK = re.compile(r"https?://[^\s<>]+")
# A mail is foreign HTML: no script, no picture from elsewhere, links open in a tab of their own.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def create_app(letters: Letters, catcher: Catcher) -> Flask:
    """The inbox over a store of mails."""
    app = Flask(__name__, static_folder=None)
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost"]
    app.add_template_filter(_moment, "moment")

    @app.get("/")
    def inbox() -> str:
        words = request.args.get("q", "").strip()
        mails = letters.newest(words=words, before=request.args.get("before", type=int), most=_PAGE + 1)
        older = mails[_PAGE - 1].id if len(mails) > _PAGE else None
        return render_template("list.html", mails=mails[:_PAGE], words=words, older=older)

    @app.get("/mails/<int:mail_id>")
    def as_html(mail_id: int) -> str:
        return render_template("mail.html", mail=_found(mail_id), tab="html", body="")

    @app.get("/mails/<int:mail_id>/text")
    def as_text(mail_id: int) -> str:
        mail = _found(mail_id)
        return render_template("mail.html", mail=mail, tab="text", body=_with_links(mail.text))

    @app.get("/mails/<int:mail_id>/body")
    def body(mail_id: int) -> Response:
        answer = Response(_in_new_tabs(_found(mail_id).html), mimetype="text/html")
        answer.headers["Content-Security-Policy"] = _MAIL_POLICY
        return answer

    @app.get("/messages.json")
    def messages() -> Response:
        mails = letters.newest(words=request.args.get("q", "").strip(), most=request.args.get("most", 1000, type=int))
        return jsonify([mail.as_json() for mail in mails])

    @app.post("/control")
    def control() -> ResponseReturnValue:
        asked = request.get_json()  # JSON only: no form of another site gets here
        manner = asked.get("smtp") if isinstance(asked, dict) else None
        if manner not in list(Manner):
            return {"error": f"smtp is one of {', '.join(Manner)}"}, 400
        catcher.manner, catcher.only = Manner(manner), (asked.get("only") or None)
        return {"smtp": catcher.manner, "only": catcher.only}

    def _found(mail_id: int) -> Caught:
        return letters.one(mail_id) or abort(404)

    @app.after_request
    def guard(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return app


def _in_new_tabs(html: str) -> str:
    """The mail's own HTML, its links opening beside the inbox (a tag before the doctype would change its look)."""
    base = '<base target="_blank">'
    return html.replace("<head>", f"<head>{base}", 1) if "<head>" in html else base + html


def _moment(at: str) -> str:
    return datetime.fromisoformat(at).strftime("%-d %b, %H:%M UTC")


def _with_links(text: str) -> Markup:
    parts, end = [], 0
    for match in _LINK.finditer(text):
        parts.append(escape(text[end : match.start()]))
        parts.append(Markup('<a href="{0}" target="_blank" rel="noopener">{0}</a>').format(match.group()))
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])
