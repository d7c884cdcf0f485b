"""Who works for a merchant: invited, given another role, removed. And the second factor, from QR code to loss."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from pyotp import TOTP

from dashboard import cookies
from domain.accounts import sessions, team
from domain.accounts.staff import sign_in_staff
from domain.accounts.viewer import Audience, Role
from kit.bidi import bare
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotAllowed
from models.base import unit_of_work
from models.merchants import Membership, Staff, StaffCode
from models.work import Event, Mail
from tests import factory
from tests.accounts.conftest import Visitor
from tests.pages.console import token_of
from tests.served import portal

AT = "/merchant/harbor/settings/team"
YOU = "/merchant/harbor/settings/you"
ADDRESS = "203.0.113.9"


@pytest.fixture
def harbor(sqlite_store, clock):
    return factory.merchant("harbor", name="Harbor Yoga")


@pytest.fixture
def server(harbor):
    return portal()


@pytest.fixture
def owner(harbor):
    return factory.staff(of=harbor)


def visitor(server, person):
    client = server.test_client()
    if person is not None:
        client.set_cookie(cookies.name_of(Audience.STAFF), token_of(person))
    return Visitor(client)


def viewer_of(person, slug="harbor"):
    return sessions.load(token_of(person), audience=Audience.STAFF, now=utc_now(), slug=slug)


def _invited(visit, **fields):
    return visit.submit(
        f"{AT}/invite", **{"name": "Robin Ray", "email": "robin@example.com", "role": "manager"} | fields
    )


def test_an_owner_invites_and_the_person_comes_in_by_the_mailed_link(server, owner, harbor, mailbox):
    shown = _invited(visitor(server, owner)).text
    assert "Robin Ray" in shown and "on its way to robin@example.com" in shown and "Invited" in shown
    robin = Staff.get(Staff.email == "robin@example.com")
    assert Membership.get(Membership.staff == robin).role is Role.MANAGER
    joined = Event.get(Event.kind == "staff.joined")
    assert (joined.actor_id, joined.subject_id) == (str(owner.id), str(robin.id))
    assert "robin" not in joined.facts.lower(), "ids and codes only"
    again = _invited(visitor(server, owner))
    assert again.status_code == 422 and "works here already" in again.text
    assert "invites you to Harbor Yoga" in bare(mailbox.all("robin@example.com")[0].subject)
    link, fresh = mailbox.link("set-password", "robin@example.com"), visitor(server, None)
    fresh.submit(link, password=factory.PASSWORD)
    fresh.submit("/merchant/sign-in", email="robin@example.com", password=factory.PASSWORD)
    assert fresh.get("/merchant/harbor").status_code == 200 and fresh.get(f"{AT}/invite").status_code == 403


def test_who_works_elsewhere_keeps_one_identity_and_needs_no_new_password(server, owner, harbor):
    elsewhere = factory.staff(of=factory.merchant("summit"))
    _invited(visitor(server, owner), email=elsewhere.email, name="Another Name")
    assert Staff.select().where(Staff.email == elsewhere.email).count() == 1
    assert {row.merchant.slug for row in Membership.select().where(Membership.staff == elsewhere)} == {
        "harbor",
        "summit",
    }


def test_a_removed_person_reads_where_they_work_with_the_next_click(server, owner, harbor):
    kim = factory.staff(of=harbor, role=Role.MANAGER)
    hers = visitor(server, kim)
    assert hers.get(AT).status_code == 200
    row = Membership.get(Membership.staff == kim)
    visitor(server, owner).submit(f"{AT}/{row.id}", to=f"{AT}/{row.id}/remove")
    shown = hers.get(AT)
    assert shown.status_code == 403 and "You do not work here" in shown.text
    assert Event.select().where(Event.kind == "staff.left").count() == 1


def test_nobody_removes_or_lowers_themselves_so_an_owner_always_stays(server, owner, harbor):
    mine = Membership.get(Membership.staff == owner)
    for act in (lambda me: team.remove(viewer=me, member=mine.id),
                lambda me: team.change_role(viewer=me, member=mine.id, role=Role.VIEWER)):  # fmt: skip
        with pytest.raises(Conflict):
            act(viewer_of(owner))
    other = factory.staff(of=harbor)
    both = viewer_of(owner), viewer_of(other)
    team.change_role(viewer=both[0], member=Membership.get(Membership.staff == other).id, role=Role.VIEWER)
    with pytest.raises(NotAllowed):  # the page was open when the role was still an owner's
        team.change_role(viewer=both[1], member=mine.id, role=Role.VIEWER)
    assert Membership.get(Membership.staff == owner).role is Role.OWNER


@pytest.mark.parametrize(
    ("role", "words"), [(Role.MANAGER, "Only an owner can do this."), (Role.VIEWER, "Only an owner")]
)
def test_whose_role_is_too_small_reads_whom_to_ask(server, owner, harbor, role, words):
    answer = visitor(server, factory.staff(of=harbor, role=role)).get(f"{AT}/invite")
    assert answer.status_code == 403 and words in answer.text and f"Ask {owner.name}." in bare(answer.text)


def test_staff_of_another_merchant_see_their_own_desks_and_nothing_of_this_one(server, harbor):
    elsewhere = factory.staff(of=factory.merchant("summit", name="Summit Bikes"))
    for path in (AT, "/merchant/harbor", "/merchant/no-such-business"):
        shown = visitor(server, elsewhere).get(path)
        assert shown.status_code == 403 and "Summit Bikes" in shown.text and "Harbor Yoga" not in shown.text


def test_proof_is_asked_after_ten_minutes_and_leads_back(server, owner, clock):
    visit = visitor(server, owner)
    clock.advance(timedelta(minutes=11))
    asked = visit.get(f"{AT}/invite")
    assert asked.status_code == 303 and asked.headers["Location"] == f"/merchant/harbor/prove?next={AT}/invite"
    wrong = visit.submit("/merchant/harbor/prove", password="no", next=f"{AT}/invite")
    assert wrong.status_code == 422
    right = visit.submit("/merchant/harbor/prove", password=factory.PASSWORD, next=f"{AT}/invite")
    assert right.request.path == f"{AT}/invite" and right.status_code == 200


# --- The second factor ---


def _switched_on(server, person, clock, at=YOU):
    """The secret and the recovery codes, as the person reads them off the pages."""
    visit = visitor(server, person)
    shown = visit.get(f"{at}/second-factor").text
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", shown).group(1).replace(" ", "")
    sealed = re.search(r'name="enrolment" value="([^"]+)"', shown).group(1)
    wrong = visit.submit(f"{at}/second-factor", enrolment=sealed, code="000000")
    assert wrong.status_code == 422 and secret[:4] in wrong.text, "the same secret: the app has it already"
    done = visit.submit(f"{at}/second-factor", enrolment=sealed, code=TOTP(secret).at(clock())).text
    codes = re.findall(r"<code>([A-Z0-9-]{19})</code>", done)
    assert len(set(codes)) == 10
    return secret, codes


def _first_step(server, person):
    visit = visitor(server, None)
    shown = visit.submit("/merchant/sign-in", email=person.email, password=factory.PASSWORD)
    return visit, shown


def test_two_steps_and_the_first_opens_nothing(server, owner, clock):
    secret, _codes = _switched_on(server, owner, clock)
    kept = Staff.get_by_id(owner.id)
    assert secret not in str(kept.totp_secret) and Event.get(Event.kind == "staff.factor_on")
    visit, shown = _first_step(server, owner)
    assert shown.request.path == "/merchant/code"
    assert visit.get(AT).status_code == 303 and visit.get("/merchant").status_code == 200, "no desk without the code"
    used = TOTP(secret).at(clock())
    assert visit.submit("/merchant/code", code=used).status_code == 422, "the code that switched it on is used up"
    clock.advance(timedelta(seconds=30))
    pending = visit.client.get_cookie(cookies.name_of(Audience.STAFF)).value
    assert visit.submit("/merchant/code", code=TOTP(secret).at(clock())).status_code == 200
    assert visit.get(AT).status_code == 200
    assert visit.client.get_cookie(cookies.name_of(Audience.STAFF)).value != pending, (
        "a fresh session, not the pending one"
    )


def test_a_code_works_once_and_neighbours_of_now_are_taken(server, owner, clock):
    secret, _codes = _switched_on(server, owner, clock)
    clock.advance(timedelta(minutes=5))
    late, soon = (TOTP(secret).at(clock() + timedelta(seconds=s)) for s in (-30, 30))
    far = TOTP(secret).at(clock() + timedelta(seconds=90))
    answers = []
    for code in (far, late, late, soon):
        visit, _shown = _first_step(server, owner)
        answers.append(visit.submit("/merchant/code", code=code).status_code)
    assert answers == [422, 200, 422, 200]


def test_guesses_at_the_code_are_braked_even_with_the_right_password(server, owner, clock):
    _switched_on(server, owner, clock)
    visit, _shown = _first_step(server, owner)
    assert [visit.submit("/merchant/code", code="000000").status_code for _n in range(6)] == [422] * 5 + [429]
    _visit, shown = _first_step(server, owner)
    assert shown.status_code == 429, "and the address waits at the password as well"


def test_a_recovery_code_signs_in_once_and_is_told(server, owner, clock):
    _secret, codes = _switched_on(server, owner, clock)
    answers = []
    for _n in range(2):
        visit, _shown = _first_step(server, owner)
        answers.append(visit.submit("/merchant/code", code=codes[0].lower().replace("-", " ")).status_code)
    assert answers == [200, 422]
    assert StaffCode.select().where(StaffCode.used_at.is_null()).count() == 9
    assert "recovery_code" in "".join(mail.facts for mail in Mail.select())


def test_proof_asks_for_the_code_too(server, owner, clock):
    secret, _codes = _switched_on(server, owner, clock)
    visit = visitor(server, owner)
    clock.advance(timedelta(minutes=11))
    assert visit.submit("/merchant/harbor/prove", password=factory.PASSWORD, code="").status_code == 422
    assert visit.get(f"{AT}/invite").status_code == 303
    visit.submit("/merchant/harbor/prove", password=factory.PASSWORD, code=TOTP(secret).at(clock()))
    assert visit.get(f"{AT}/invite").status_code == 200


def test_a_short_password_lives_only_beside_a_second_factor(server, owner, clock):
    visit = visitor(server, owner)
    assert visit.submit(f"{YOU}/password", password="kumquat-ivy8").status_code == 422
    _switched_on(server, owner, clock)
    assert visitor(server, owner).submit(f"{YOU}/password", password="kumquat-ivy8").status_code == 200
    off = visitor(server, owner).submit(f"{YOU}/second-factor", to=f"{YOU}/second-factor/off", password="kumquat-ivy8")
    assert off.status_code == 422 and Staff.get_by_id(owner.id).totp_since is not None
    with unit_of_work():  # an owner reset it
        Staff.update(totp_secret=None, totp_since=None).where(Staff.id == owner.id).execute()
    with pytest.raises(DomainError, match="too short"):
        sign_in_staff(email=owner.email, password="kumquat-ivy8", address=ADDRESS)
    assert Mail.select().where(Mail.template == "staff_password").count() == 1


def test_an_owner_resets_a_lost_factor_but_not_of_somebody_who_works_elsewhere_too(server, owner, harbor, clock):
    kim = factory.staff(of=harbor, role=Role.MANAGER)
    _switched_on(server, kim, clock)
    hers = visitor(server, kim)
    row = Membership.get(Membership.staff == kim)
    summit = factory.merchant("summit")
    with unit_of_work():
        other = Membership.create(staff=kim, merchant=summit, role=Role.OWNER, created_at=utc_now())
    with pytest.raises(Conflict):
        team.reset_factor(viewer=viewer_of(owner), member=row.id)
    other.delete_instance()
    visitor(server, owner).submit(f"{AT}/{row.id}", to=f"{AT}/{row.id}/second-factor/reset")
    assert Staff.get_by_id(kim.id).totp_since is None and StaffCode.select().count() == 0
    assert hers.get(AT).status_code == 303, "signed out everywhere"
    assert Event.select().where(Event.kind == "staff.factor_reset").count() == 1


def test_an_operator_has_the_same_page_and_steps(server, clock):
    ola = factory.staff(operator=True)
    secret, _codes = _switched_on(server, ola, clock, at="/operations/you")
    clock.advance(timedelta(seconds=30))
    visit = visitor(server, None)
    shown = visit.submit("/operations/sign-in", email=ola.email, password=factory.PASSWORD)
    assert shown.request.path == "/operations/code"
    assert visit.submit("/operations/code", code=TOTP(secret).at(clock())).request.path == "/operations"
