"""Letters: what they say, that they are sent once, replaced by number, and acknowledged by somebody of the unit."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.actors import SYSTEM, Actor, Grant
from pointsys.core.documents.models import SUPERSEDED, Document
from pointsys.core.documents.services import is_intact, revoke
from pointsys.core.jobs.running import run_waiting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points.annual.models import PointsAnnual, PointsAnnualLine
from pointsys.plugins.party_member_points.letters import annual_letter, liaisons, reading, sending
from pointsys.plugins.party_member_points.letters.jobs import start_printing, start_sending
from pointsys.plugins.party_member_points.letters.models import PointsLetter, PointsLetterEvent
from tests.plugins.party_member_points.letters.results import confirmed_result
from tests.plugins.party_member_points.party import Party

UNIT, OTHER = "供电公司", "新华书店"
COMMITTEE = Actor("committee1", account_id=900)


def send_all(result: str, actor: Actor = COMMITTEE) -> int:
    """Write all letters that are due."""
    with unit_of_work() as session:
        annual = session.scalars(select(PointsAnnual).where(PointsAnnual.public_id == result)).one()
        lines = [one.line_id for one in annual_letter.due(session, annual.id)]
        return int(annual_letter.send_due(session, annual, lines, actor))


def letters(session: Session) -> list[PointsLetter]:
    """All letters, the first first."""
    return list(session.scalars(select(PointsLetter).order_by(PointsLetter.id)))


def code_of(act: object) -> str:
    """The code of the Problem that calling ``act`` raises."""
    with pytest.raises(Problem) as caught, unit_of_work() as session:
        act(session)  # type: ignore[operator]
    return caught.value.code


def new_liaison(party: Party, login: str, area: str = "happy", person: int | None = None) -> Actor:
    """An account with the role of a liaison over an area, as an actor."""
    with unit_of_work() as session:
        account = accounts.create_account(session, login, SYSTEM, person_id=person)
        accounts.grant_role(session, account, "unit_liaison", party.area(session, area), SYSTEM)
        return Actor(
            login, account_id=account.id, person_id=person, account=account.public_id,
            grants=(Grant("unit_liaison", party.areas[area]),),
        )  # fmt: skip


def link(party: Party, actor: Actor, unit: str, area: str = "happy", by: Actor = COMMITTEE) -> str:
    """Link an account to a unit; returns the link's outside id."""
    with unit_of_work() as session:
        return str(liaisons.link(session, party.area(session, area), unit, actor.account, by).public_id)


def test_a_letter_says_what_was_confirmed_and_goes_out_once(party: Party) -> None:
    first, second = party.member("张三", home_unit=UNIT), party.member("李四", home_unit=OTHER)
    homeless = party.member("王五")
    result = confirmed_result(party.areas["happy"], {first: "优秀", second: "合格", homeless: "合格"})

    assert send_all(result) == 2
    assert send_all(result) == 0

    with read_scope() as session:
        mine = letters(session)[0]
        paper = session.get_one(Document, mine.document_id)
        assert paper.number.startswith("FK-")
        assert is_intact(paper)
        told = json.loads(paper.snapshot)
        assert told["holder"] == "张三"
        assert (told["unit"], told["grade"], told["total"]) == (UNIT, "优秀", "53.50")
        assert told["categories"] == [["报到履责", "15.00"], ["志愿服务", "38.50"]]
        assert (told["minutes"], told["activities"], told["version"]) == (2190, 18, 1)
        assert (told["first"], told["last"]) == ("2025-01-01", "2025-12-31")
        assert "参考" in told["remark"]
        left = annual_letter.due(session, session.scalars(select(PointsAnnual.id)).one())
        assert [(one.name, one.unit_id) for one in left] == [("王五", None)]


def test_a_corrected_letter_replaces_the_earlier_one_by_number(party: Party) -> None:
    person = party.member("张三", home_unit=UNIT)
    send_all(confirmed_result(party.areas["happy"], {person: "优秀"}))
    again = confirmed_result(party.areas["happy"], {person: "合格"}, no=2)
    with read_scope() as session:
        annual = session.scalars(select(PointsAnnual.id).where(PointsAnnual.public_id == again)).one()
        assert annual_letter.due(session, annual)[0].corrects

    assert send_all(again) == 1

    with read_scope() as session:
        old, new = letters(session)
        papers = [session.get_one(Document, letter.document_id) for letter in (old, new)]
        assert (old.state, new.state) == ("replaced", "sent")
        assert papers[0].state == SUPERSEDED
        assert papers[1].replaces_id == papers[0].id
        assert json.loads(papers[1].snapshot)["replaces"] == papers[0].number
        assert papers[0].number in json.loads(papers[1].snapshot)["texts"]["replaces"]
        old_id = old.id
    assert (
        code_of(lambda s: sending.acknowledge(s, s.get(PointsLetter, old_id), "", SYSTEM))
        == "letter_replaced"
    )


def test_no_letter_leaves_before_the_result_is_confirmed_or_about_oneself(party: Party) -> None:
    person = party.member("张三", home_unit=UNIT)
    result = confirmed_result(party.areas["happy"], {person: "优秀"})
    assert send_all(result, Actor("self", account_id=1, person_id=person)) == 0

    confirmed_result(party.areas["happy"], {}, no=2)
    assert (
        code_of(
            lambda s: annual_letter.send_due(
                s,
                s.scalars(select(PointsAnnual).where(PointsAnnual.public_id == result)).one(),
                [1],
                COMMITTEE,
            )
        )
        == "result_not_confirmed"
    )


def test_a_liaison_reads_the_letters_to_their_unit_from_the_place_of_their_link(party: Party) -> None:
    here, there = party.member("张三", home_unit=UNIT), party.member("孙七", "sunny", home_unit=UNIT)
    other = party.member("李四", home_unit=OTHER)
    send_all(confirmed_result(party.areas["happy"], {here: "优秀", other: "合格"}))
    send_all(confirmed_result(party.areas["sunny"], {there: "合格"}))
    liaison = new_liaison(party, "unit1")
    made = link(party, liaison, UNIT)

    def seen(actor: Actor) -> list[str]:
        with read_scope() as session:
            filters = reading.LetterFilters()
            return [row.name for row in reading.letters_to(session, actor, filters, limit=9, offset=0)[0]]

    assert seen(liaison) == ["张三"]
    with read_scope() as session:
        foreign = [one for one in letters(session) if one.person_id != here]
        assert [reading.letter_to(session, liaison, one.public_id) for one in foreign] == [None, None]
        assert [unit.name for unit in liaisons.units_of(session, liaison)] == [UNIT]
    # Without the role, without an account, or after the end of the link nothing is left.
    assert seen(Actor("unit1", account_id=liaison.account_id)) == []
    assert seen(Actor("nobody", grants=liaison.grants)) == []
    with unit_of_work() as session:
        assert liaisons.end(session, party.areas["sunny"], made, COMMITTEE) is None
        assert liaisons.end(session, party.areas["happy"], made, COMMITTEE) is not None
    assert seen(liaison) == []
    assert code_of(lambda s: liaisons.end(s, party.areas["happy"], made, COMMITTEE)) == "link_ended"


def test_links_are_made_for_liaisons_of_the_place_by_somebody_else(party: Party) -> None:
    party.member("张三", home_unit=UNIT)
    liaison, stranger = new_liaison(party, "unit1"), new_liaison(party, "unit2", "sunny")
    with unit_of_work() as session:
        plain = accounts.create_account(session, "plain", SYSTEM).public_id
    link(party, liaison, UNIT)

    def refused(actor: str, unit: str = UNIT, by: Actor = COMMITTEE) -> str:
        return code_of(lambda s: liaisons.link(s, party.area(s, "happy"), unit, actor, by))

    assert refused(liaison.account) == "already_linked"
    assert refused(liaison.account, by=liaison) == "own_matter"
    assert refused(stranger.account) == "not_a_liaison"
    assert refused(plain) == "not_a_liaison"
    assert refused(liaison.account, "没有的单位") == "unknown_unit"


def test_a_letter_is_acknowledged_once_by_another_person(party: Party) -> None:
    person = party.member("张三", home_unit=UNIT)
    send_all(confirmed_result(party.areas["happy"], {person: "优秀"}))
    liaison = new_liaison(party, "unit1")
    own = new_liaison(party, "zhang3", person=person)

    def try_as(actor: Actor, note: str = "") -> str:
        return code_of(lambda s: sending.acknowledge(s, letters(s)[0], note, actor))

    assert try_as(COMMITTEE) == "another_person_needed"
    assert try_as(own) == "own_matter"
    assert try_as(liaison, "收" * 301) == "note_too_long"
    with unit_of_work() as session:
        sending.acknowledge(session, letters(session)[0], " 收到，谢谢 ", liaison)
    assert try_as(liaison) == "letter_acknowledged"

    with read_scope() as session:
        letter = letters(session)[0]
        assert letter.state == "acknowledged"
        told = [(event.state, event.note, event.actor) for event in sending.history(session, letter)]
        assert told == [("sent", "", "committee1"), ("acknowledged", "收到，谢谢", "unit1")]


def test_a_revoked_letter_is_not_acknowledged_and_a_new_one_stands_alone(party: Party) -> None:
    person = party.member("张三", home_unit=UNIT)
    send_all(confirmed_result(party.areas["happy"], {person: "优秀"}))
    with unit_of_work() as session:
        revoke(session, session.scalars(select(Document)).one(), "wrong_content", "等次有误", SYSTEM)
    assert code_of(lambda s: sending.acknowledge(s, letters(s)[0], "", SYSTEM)) == "letter_revoked"

    send_all(confirmed_result(party.areas["happy"], {person: "合格"}, no=2))
    with read_scope() as session:
        old, new = letters(session)
        assert old.state == "replaced"
        assert session.get_one(Document, new.document_id).replaces_id is None
        assert reading.line_of(session, new).state == "sent"


def test_many_letters_are_written_and_printed_in_the_background(party: Party) -> None:
    people = [party.member(f"党员{n}", home_unit=UNIT) for n in range(3)]
    result = confirmed_result(party.areas["happy"], dict.fromkeys(people, "合格"))
    with unit_of_work() as session:
        annual = session.scalars(select(PointsAnnual).where(PointsAnnual.public_id == result)).one()
        start_sending(session, annual, list(session.scalars(select(PointsAnnualLine.id))), SYSTEM)
    assert run_waiting() == 1
    with unit_of_work() as session:
        assert session.scalar(select(func.count()).select_from(PointsLetter)) == 3
        start_printing(session, party.areas["happy"], reading.LetterFilters(unit=UNIT), 3, SYSTEM)
    assert run_waiting() == 1


def test_letters_and_what_happened_to_them_are_not_rewritten(party: Party) -> None:
    person = party.member("张三", home_unit=UNIT)
    send_all(confirmed_result(party.areas["happy"], {person: "优秀"}))
    for statement in (
        "UPDATE points_letter SET unit_id = 99",
        "DELETE FROM points_letter",
        "UPDATE points_letter_event SET note = 'x'",
        "DELETE FROM points_letter_event",
    ):
        with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as session:
            session.execute(text(statement))
    with read_scope() as session:
        assert session.scalar(select(func.count()).select_from(PointsLetterEvent)) == 1


def test_links_outlive_accounts_that_are_deleted(party: Party) -> None:
    party.member("张三", home_unit=UNIT)
    liaison = new_liaison(party, "unit1")
    link(party, liaison, UNIT)
    with unit_of_work() as session:
        session.query(RoleGrant).filter_by(account_id=liaison.account_id).delete()
        session.query(Account).filter_by(id=liaison.account_id).delete()
    with read_scope() as session:
        assert [row.login for row in liaisons.links_below(session, party.areas["street"])] == [""]
