"""Evaluations in both directions, complaints, disputes over hours and commendations, on both engines."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.models import CONFIRMED, VOIDED, Entry
from pointsys.core.actors import Actor
from pointsys.core.database import new_public_id
from pointsys.core.objections import services as objections
from pointsys.core.objections.models import Objection
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.volunteer.record import cases, commendations, evaluations, personal
from pointsys.plugins.volunteer.record.commendations import CommendationDraft
from pointsys.plugins.volunteer.record.evaluations import Said, Score
from pointsys.plugins.volunteer.record.models import VolunteerAward, VolunteerEvaluation, VolunteerEvidence
from pointsys.plugins.volunteer.record.own_record import record_of
from tests.plugins.volunteer.place import Place

DAY = date(2026, 3, 7)


def account(login: str, person: int | None = None) -> Actor:
    """Somebody with an account."""
    with unit_of_work() as session:
        row = Account(
            public_id=new_public_id(),
            login=login,
            password_hash="",
            person_id=person,
            created_at=current_site().now(),
        )
        session.add(row)
        session.flush()
        return Actor(login, account_id=row.id, person_id=person)


def served(place: Place, person: int, **kwargs: Any) -> int:
    """A session of two hours that can still be evaluated."""
    return place.serve(person, "09:00", "11:00", day=current_site().today() - timedelta(days=1), **kwargs)


def say(entry: int, said: Said, actor: Actor) -> str:
    """Evaluate; returns the outside id."""
    with unit_of_work() as session:
        public_id: str = evaluations.evaluate(session, session.get_one(Entry, entry), said, actor).public_id
        return public_id


def refused(entry: int, said: Said, actor: Actor) -> str:
    """The code of the refusal."""
    with pytest.raises(Problem) as problem:
        say(entry, said, actor)
    return problem.value.code


def evaluation(session: Session, public_id: str) -> VolunteerEvaluation:
    row = VolunteerEvaluation
    return session.scalars(select(row).where(row.public_id == public_id)).one()


def test_each_side_speaks_once_and_its_last_word_counts(place: Place) -> None:
    person = place.person()
    entry = served(place, person)
    leader, worker, own = account("leader", place.person("李队")), account("worker"), account("own", person)

    first = say(entry, Said("leader", 3), leader)
    again = say(entry, Said("leader", 5, "后来更好"), leader)
    say(entry, Said("recipient", 4, "", "王大妈"), worker)
    say(entry, Said("recipient", 2, "", "王大爷"), worker)
    say(entry, Said("recipient", 5, "", "王大妈"), worker)
    say(entry, Said("volunteer", 4, "组织得好"), own)

    assert first == again
    with read_scope() as session:
        assert evaluations.scores_of(session, [person]) == {"leader": Score(1, 5), "recipient": Score(2, 7)}
        names = {one.evaluation.rater_name for one in evaluations.of_entry(session, entry)}
        assert names == {"王*", ""}
        low, total = evaluations.listed(session, place.areas["happy"], low=True)
    assert (total, [one.evaluation.score for one in low]) == (1, [2])


def test_nobody_evaluates_their_own_service_nor_what_is_not_confirmed_or_long_past(place: Place) -> None:
    person = place.person()
    entry = served(place, person)
    own, other = account("own", person), account("other", place.person("别人"))
    old = place.serve(person, day=current_site().today() - timedelta(days=91), title="旧")
    waits = place.serve(
        person, "13:00", "14:00", day=current_site().today() - timedelta(days=2), title="待", confirm=False
    )

    assert {
        "own service": refused(entry, Said("leader", 5), own),
        "another's voice": refused(entry, Said("volunteer", 5), other),
        "no number": refused(entry, Said("leader", 6), other),
        "no name": refused(entry, Said("recipient", 5), other),
        "long past": refused(old, Said("leader", 5), other),
        "not confirmed": refused(waits, Said("leader", 5), other),
        "long words": refused(entry, Said("leader", 5, "好" * 501), other),
    } == {
        "own service": "own_service",
        "another's voice": "not_yours",
        "no number": "bad_score",
        "no name": "name_needed",
        "long past": "too_late",
        "not confirmed": "not_served",
        "long words": "too_long_text",
    }


MEANS: dict[tuple[int, ...], str] = {
    (): "",
    (4,): "4.0",
    (5, 4, 4): "4.3",
    (4, 5): "4.5",
    # 4.25 is 4.3, half up.
    (4, 4, 4, 5): "4.3",
}


@pytest.mark.parametrize(("scores", "mean"), MEANS.items())
def test_the_mean_is_rounded_once_half_up(scores: tuple[int, ...], mean: str) -> None:
    assert Score(len(scores), sum(scores)).text == mean


def test_a_complaint_is_answered_by_somebody_who_had_no_part_in_it(place: Place) -> None:
    person = place.person()
    entry = served(place, person)
    own, worker, street = account("own", person), account("worker"), account("street")
    with unit_of_work() as session:
        row = evaluations.evaluate(
            session, session.get_one(Entry, entry), Said("recipient", 1, "中途离开", "王大妈"), worker
        )
        case = cases.complain(session, row, "中途离开", "王大妈", worker)
        due, case_id = case.due_on, case.id
    assert due > current_site().today()

    def answer(actor: Actor) -> None:
        with unit_of_work() as session:
            objections.answer(session, session.get_one(Objection, case_id), "upheld", "已提醒", actor)

    for part_taker in (own, worker):
        with pytest.raises(Problem) as problem:
            answer(part_taker)
        assert problem.value.code == "another_person_needed"
    # What stands under a complaint is not taken back by saying something else.
    assert refused(entry, Said("recipient", 5, "", "王大妈"), worker) == "case_exists"
    with unit_of_work() as session:
        held = session.get_one(Objection, case_id)
        cases.add_evidence(session, held, "我去送药了。", own, objector=False)
        cases.add_evidence(session, held, "她等了一小时。", worker, objector=True)
    answer(street)

    with unit_of_work() as session:
        (one,) = cases.of_entry(session, session.get_one(Entry, entry))
        assert (one.upheld, [(piece.objector, piece.words) for piece in one.evidence]) == (
            True,
            [(False, "我去送药了。"), (True, "她等了一小时。")],
        )
        with pytest.raises(Problem) as late:
            cases.add_evidence(session, one.objection, "还有……", own, objector=False)
        assert late.value.code == "already_answered"


def test_a_dispute_has_both_sides_and_leads_to_the_session_recorded_anew(place: Place) -> None:
    person = place.person()
    entry = served(place, person)
    own, stranger, street = (
        account("own", person),
        account("stranger", place.person("路人")),
        account("street"),
    )

    with unit_of_work() as session:
        row = session.get_one(Entry, entry)
        with pytest.raises(Problem) as not_theirs:
            cases.dispute(session, row, "不是我的", stranger)
        assert not_theirs.value.code == "not_yours"
        case_id = cases.dispute(session, row, "[08:30–11:30] 我早到了", own).id
    with unit_of_work() as session, pytest.raises(Problem) as twice:
        cases.dispute(session, session.get_one(Entry, entry), "再说一次", own)
    assert twice.value.code == "already_open"
    with read_scope() as session:
        (line,), total = cases.listed(session, place.areas["street"])
        assert (total, line.person, line.objection.state) == (1, "张三", "open")

    with unit_of_work() as session:
        objections.answer(session, session.get_one(Objection, case_id), "upheld", "属实，更正", street)
    place.void(entry)
    activity = _activity_of(entry)
    anew = place.serve(
        person, "08:30", "11:30", day=current_site().today() - timedelta(days=1), activity_id=activity
    )

    with read_scope() as session:
        (one,) = cases.of_entry(session, session.get_one(Entry, entry))
        assert one.corrected == session.get_one(Entry, anew).public_id
        assert session.get_one(Entry, entry).status == VOIDED
        assert session.get_one(Entry, anew).status == CONFIRMED
        # Of the voided session nothing is left to dispute.
    with unit_of_work() as session, pytest.raises(Problem) as over:
        cases.dispute(session, session.get_one(Entry, entry), "还是不对", own)
    assert over.value.code == "too_late"


def _activity_of(entry: int) -> int:
    with read_scope() as session:
        return session.scalars(select(Entry.activity_id).where(Entry.id == entry)).one()


COMMENDATION = CommendationDraft("优秀志愿者", "district", "区文明办", DAY, "文明〔2026〕3号")


def test_commendations_are_recorded_once_by_somebody_else_and_voided_with_a_reason(place: Place) -> None:
    person = place.person()
    own, worker = account("own", person), account("worker")

    def commend(draft: CommendationDraft, actor: Actor) -> str:
        with unit_of_work() as session:
            made: str = commendations.commend(
                session, session.get_one(Person, person), draft, actor
            ).public_id
            return made

    def code(draft: CommendationDraft, actor: Actor) -> str:
        with pytest.raises(Problem) as problem:
            commend(draft, actor)
        return problem.value.code

    made = commend(COMMENDATION, worker)
    assert code(COMMENDATION, worker) == "already_recorded"
    assert code(CommendationDraft("另一个", "district", "区里", DAY), own) == "own_record"
    assert code(CommendationDraft("", "district", "区里", DAY), worker) == "title_needed"
    assert code(CommendationDraft("将来", "district", "区里", date(2030, 1, 1)), worker) == "day_in_future"
    assert code(CommendationDraft("哪级", "galaxy", "区里", DAY), worker) == "unknown_choice"

    with unit_of_work() as session:
        found = commendations.find(session, place.areas["street"], made)
        assert found is not None
        with pytest.raises(Problem) as no_reason:
            commendations.void(session, found, " ", worker)
        assert no_reason.value.code == "reason_needed"
        commendations.void(session, found, "登记错人", worker)
    with read_scope() as session:
        assert commendations.of_person(session, [person]) == []
        assert commendations.listed(session, place.areas["street"]) == ([], 0)


def test_the_record_has_five_blocks_and_erasing_leaves_days_and_scores_without_words(place: Place) -> None:
    person = place.person()
    entry = served(place, person)
    own, worker = account("own", person), account("worker")
    say(entry, Said("leader", 4, "张三很认真"), worker)
    with unit_of_work() as session:
        commendations.commend(session, session.get_one(Person, person), COMMENDATION, worker)
        case = cases.dispute(session, session.get_one(Entry, entry), "早到了", own)
        cases.add_evidence(session, case, "我是张三", own, objector=True)
    with read_scope() as session:
        found = record_of(session, session.get_one(Person, person), entries=5)
        assert (found.service.total.minutes, found.service.credit + found.service.honour) == (120, 120)
        assert ([one.title for one in found.commendations], found.cases, found.training_minutes) == (
            ["优秀志愿者"], 1, 0,
        )  # fmt: skip
        copied: Any = personal.export(session, person, [person])
    assert [len(copied[block]) for block in ("commendations", "evaluations", "shown")] == [1, 1, 1]

    with unit_of_work() as session:
        personal.erase(session, person, [person])

    with read_scope() as session:
        said = session.scalars(select(VolunteerEvaluation)).one()
        assert (said.score, said.words) == (4, "")
        award = session.scalars(select(VolunteerAward)).one()
        assert (award.title, award.awarded_by, award.awarded_on) == ("", "", DAY)
        assert session.scalars(select(VolunteerEvidence.words)).one() == ""


def test_what_was_shown_in_a_dispute_is_never_changed(place: Place) -> None:
    person = place.person()
    entry = served(place, person)
    own = account("own", person)
    with unit_of_work() as session:
        case = cases.dispute(session, session.get_one(Entry, entry), "早到了", own)
        cases.add_evidence(session, case, "我有照片", own, objector=True)

    with pytest.raises(Exception, match="append-only"), unit_of_work() as session:
        session.execute(update(VolunteerEvidence).values(words="我没有照片"))
