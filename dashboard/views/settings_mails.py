"""The merchant's own words in letters to customers: the list, one letter's form with its preview, a test."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.pictures import data_url
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.viewer import signed_in
from dashboard.views import door_form
from dashboard.views import settings_form as forms
from dashboard.views.settings_form import Form
from domain.accounts.viewer import Audience, Role
from domain.mail.catalogue import Template
from domain.mail.titles import title_of
from domain.mail.try_out import drawn, send_test
from domain.mail.words import (
    LONGEST_SUBJECT,
    LONGEST_WORDS,
    WORDED,
    Words,
    checked_words,
    placeholders,
    save_words,
    words_of,
    written,
)
from domain.merchants.logo import logo_of
from kit.errors import DomainError
from kit.i18n import LOCALES, _

views = Blueprint("settings_mails", __name__)
_AT = "/merchant/<slug>/settings/mails"
_ONE = f"{_AT}/<template>"


@views.get(_AT)
@door(Audience.STAFF)
def show(slug: str) -> ResponseReturnValue:
    """Every letter to customers, and in which languages the merchant wrote words of its own."""
    own = written(forms.editor().merchant)
    return page(
        "merchant/settings/mails.html",
        title=_("Mail texts"),
        base=forms.base(slug),
        merchant=forms.editor().house,
        may=signed_in().may(Role.MANAGER),
        said=heard(),
        mails=[(each, *title_of(each), [LOCALES[language] for language in own.get(each, ())]) for each in WORDED],
    )


def _template(name: str) -> Template:
    found = next((each for each in WORDED if each == name), None)
    return found or abort(404)


def _locale() -> str:
    wanted = request.values.get("in", "") or forms.editor().house.locale.partition("_")[0]
    return wanted if wanted in LOCALES else "en"


def _form(template: Template, locale: str) -> Form:
    now = words_of(forms.editor().merchant, template, locale)
    labels = {"subject": _("subject"), "words": _("opening words")}
    return Form("merchant/settings/mail.html", title_of(template)[0], vars(now), labels)


def _around(template: Template, locale: str, words: Words) -> dict[str, Any]:
    merchant = forms.editor().merchant
    try:
        words = checked_words(template, words)
    except DomainError:
        words = Words()
    return {
        "template": template,
        "locale": locale,
        "languages": list(LOCALES.items()),
        "when": title_of(template)[1],
        "in_subject": placeholders(template, subject=True),
        "in_words": placeholders(template),
        "most": (LONGEST_SUBJECT, LONGEST_WORDS),
        "drawn": drawn(merchant, template, locale, words, logo=data_url(logo_of(merchant))),
        "email": signed_in().email,
        "own": words_of(merchant, template, locale) != Words(),
    }


@views.get(_ONE)
@door(Audience.STAFF)
def edit(slug: str, template: str) -> ResponseReturnValue:
    """One letter in one language: its words, and how it looks with them."""
    which, locale = _template(template), _locale()
    words = words_of(forms.editor().merchant, which, locale)
    return forms.draw(slug, _form(which, locale), **_around(which, locale, words))


@views.post(_ONE)
@door(Audience.STAFF)
def save(slug: str, template: str) -> ResponseReturnValue:
    """Keeps the words, or draws them only."""
    who, which, locale = forms.editor(), _template(template), _locale()
    wanted = Words(door_form.typed("subject"), door_form.typed("words"))
    try:
        if door_form.typed("act") == "preview":
            checked_words(which, wanted)
            return forms.draw(slug, _form(which, locale), vars(wanted), **_around(which, locale, wanted))
        was = door_form.typed("was")
        kept = save_words(merchant=who.merchant, staff=who.staff, template=which, locale=locale, was=was, wanted=wanted)
    except DomainError as problem:
        return forms.refused(slug, _form(which, locale), vars(wanted), problem, **_around(which, locale, wanted))
    say(_("Saved. Letters that leave from now on carry it.") if kept != Words() else _("Our words again."), "good")
    return _back(slug, which, locale)


@views.post(f"{_ONE}/preview")
@door(Audience.STAFF)
def preview(slug: str, template: str) -> ResponseReturnValue:  # noqa: ARG001 - the guard has compared it
    """The letter with what is typed so far, for the script of the page."""
    which, locale = _template(template), _locale()
    try:
        words = checked_words(which, Words(door_form.typed("subject"), door_form.typed("words")))
    except DomainError:
        return {}
    merchant = forms.editor().merchant
    made = drawn(merchant, which, locale, words, logo=data_url(logo_of(merchant)))
    return {"page": made.page, "subject": made.subject}


@views.post(f"{_ONE}/ours")
@door(Audience.STAFF)
def back_to_ours(slug: str, template: str) -> ResponseReturnValue:
    """Takes the merchant's words away."""
    who, which, locale = forms.editor(), _template(template), _locale()
    save_words(merchant=who.merchant, staff=who.staff, template=which, locale=locale, was=None, wanted=Words())
    say(_("This letter goes out in our words again."), "good")
    return _back(slug, which, locale)


@views.post(f"{_ONE}/test")
@door(Audience.STAFF)
def test(slug: str, template: str) -> ResponseReturnValue:
    """Mails it to the person who asks, and to nobody else."""
    who, which, locale = forms.editor(), _template(template), _locale()
    try:
        address = send_test(merchant=who.merchant, staff=who.staff, template=which, locale=locale)
    except DomainError as problem:
        say(problem.sentence)
    else:
        say(_("A test with the saved words is on its way to %(address)s.") % {"address": address}, "good")
    return _back(slug, which, locale)


def _back(slug: str, template: Template, locale: str) -> ResponseReturnValue:
    return redirect(f"{forms.base(slug)}/mails/{template}?in={locale}", 303)
