"""S-08, A78: who was erased is found nowhere any more, and what they did counts as before."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.decisions import history
from pointsys.core.activity_log.marks import marked
from pointsys.core.activity_log.models import Decision, Entry, EntryText
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.attachments import services as attachments
from pointsys.core.audit.sealer import seal
from pointsys.core.audit.verify import verify
from pointsys.core.backup.make import make_backup
from pointsys.core.backup.restore import restore
from pointsys.core.batches import Batch
from pointsys.core.database import db
from pointsys.core.documents.models import Document
from pointsys.core.exports import services as exports
from pointsys.core.exports.models import ExportFile
from pointsys.core.figures.models import AreaMonth
from pointsys.core.idempotency import Answer, finish, ticket
from pointsys.core.imports.steps import Choices
from pointsys.core.imports.wizard import check_batch, stage_sheet
from pointsys.core.objections.models import Objection
from pointsys.core.objections.services import raise_objection
from pointsys.core.objections.subjects import ENTRY
from pointsys.core.pending import drain
from pointsys.core.people import consent, unmasking
from pointsys.core.people.history import changes
from pointsys.core.people.models import Person
from pointsys.core.people.search import search_people
from pointsys.core.privacy import erase_list, erasing, freezing, requests
from pointsys.core.privacy.again import close_again
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.masking import mask_name
from pointsys.kit.problems import Problem
from pointsys.kit.spreadsheet import COMMAND_LINE
from pointsys.kit.spreadsheet import read_rows as read_sheet
from pointsys.plugins.party_member_points.models import PointsResult
from pointsys.plugins.volunteer.models import VolunteerBalance, VolunteerHistogram
from tests.security.conftest import Populated
from tests.security.realm import id_of, marker, phone_of, third
from tests.security.routes import MAY, routes

PLACE = "grid1"
OFFICE = Actor("office")
LOGIN = "wangmiaozhu"
# What could tell who it was; the names of activities are not the person's.
NAME, NOTE = marker(PLACE, "人"), marker(PLACE, "注")
WORDS = (
    NAME,
    NOTE,
    phone_of(PLACE),
    id_of(PLACE),
    LOGIN,
    "家里有事不方便",
    "邻居王阿姨",
    marker(PLACE, "言"),
)


def person_of(session: Session, site: Populated) -> Person:
    return session.get_one(Person, int(site.realm.things[PLACE]["person_id"]))


@pytest.fixture
def busy(fresh: Populated) -> Populated:
    """The filled site whose person of one grid has left something in every corner of it."""
    with fresh.app.app_context():
        with unit_of_work(drain=False) as session:
            person, area = person_of(session, fresh), session.get_one(Area, fresh.realm.areas[PLACE])
            account = session.get_one(Account, fresh.realm.accounts["member"])
            account.login, account.name = LOGIN, NAME
            own = Actor(LOGIN, account.id, person.id, address="10.9.8.7", account=account.public_id)
            audit.write(session, own, "sign_in", "account", account.public_id)
            for kind in (consent.NOTICE, consent.RANKING):
                consent.give(session, person, kind, "1", "screen", own)
            unmasking.unmask(session, person, "phone", "邻居王阿姨 找他", third(fresh.realm))
            requests.ask(session, person, requests.EXPLAIN, f"{NAME} 家里有事不方便", own)
            entry = session.scalars(select(Entry.public_id).where(Entry.person_id == person.id)).first()
            raise_objection(session, ENTRY, str(entry), f"家里有事不方便 {NAME}", own)
            confirmed = select(Entry.id).where(Entry.person_id == person.id, Entry.status == "confirmed")
            more = [
                {
                    "entry_id": entry_id, "outcome": "confirmed", "reason": f"{NAME} 家里有事不方便", "actor": LOGIN,
                    "account_id": None, "second_person": True, "at": datetime(2026, 7, 10, 2, tzinfo=UTC),
                }
                for entry_id in session.scalars(confirmed)
            ]  # fmt: skip
            session.execute(insert(Decision), marked("decision", more))
            attachments.store(
                session, area.id, "a.png", _photo(), own, subject_type="person", subject_id=person.public_id
            )
            finish(session, ticket("t", "12345678", "/x", b""), Answer(200, json.dumps({"name": NAME})))
        roster = f"姓名,手机号\n{NAME},{phone_of(PLACE)}\n".encode()
        sheet = read_sheet(roster, "名单.csv", COMMAND_LINE, None)
        area_id = fresh.realm.areas["happy"]
        batch_id, _public_id = stage_sheet(
            "people", sheet, "名单.csv", "0" * 64, area_id, SYSTEM, Choices("", None)
        )
        check_batch(batch_id, SYSTEM)
        drain()
    return fresh


def _photo() -> bytes:
    import io

    from PIL import Image

    data = io.BytesIO()
    Image.new("RGB", (9, 9), (1, 2, 3)).save(data, "PNG")
    return data.getvalue()


def totals(session: Session) -> dict[str, Any]:
    """What areas amount to: figures, hours, ranks of wide areas, points."""
    month, balance, result = AreaMonth, VolunteerBalance, PointsResult
    return {
        "months": session.execute(select(*month.__table__.c).order_by(*month.__table__.primary_key)).all(),
        "hours": session.execute(
            select(balance.area_id, balance.period, func.sum(balance.minutes), func.sum(balance.entries))
            .group_by(balance.area_id, balance.period).order_by(balance.area_id, balance.period)
        ).all(),
        "ranks": session.execute(select(*VolunteerHistogram.__table__.c).order_by(text("1, 2, 3"))).all(),
        "points": session.execute(
            select(result.person_id, result.scheme, result.period, result.total).order_by(text("1, 2, 3"))
        ).all(),
        "log": session.scalar(select(func.count()).select_from(Entry)),
    }  # fmt: skip


def erase_now(site: Populated) -> None:
    with unit_of_work(drain=False) as session:
        erasing.erase(session, person_of(session, site), erasing.ON_REQUEST, OFFICE)


def found_in_database(connection: Any) -> list[str]:
    """Table, column and word of every hit in any text of the database."""
    hits = []
    tables = [
        row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    for table in tables:
        for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"').mappings():
            hits += [
                f"{table}.{column}: {word}"
                for column, value in row.items()
                for word in WORDS
                if isinstance(value, str) and (word in value or json.dumps(word)[1:-1] in value)
            ]
    return sorted(set(hits))


def found_in_files(folder: Path) -> list[str]:
    """Hits in the bytes of every file of the site's home."""
    return sorted(
        f"{path.relative_to(folder)}: {word}"
        for path in folder.rglob("*")
        if path.is_file() and path.name != "full.db"
        for word in WORDS
        if word.encode() in path.read_bytes()
    )


def found_in_answers(site: Populated) -> list[str]:
    """Hits in what anybody who may read gets from any address."""
    hits = []
    for role, place in (("office", "street"), ("worker", PLACE), ("auditor", PLACE), ("", PLACE)):
        browser = site.sign_in(role)
        for route in routes(site.app, token=False):
            wanted = route.access.permission
            if (
                route.verb != "GET"
                or (wanted is None) != (role == "")
                or role not in MAY.get(wanted or "", {""})
            ):
                continue
            answer = browser.get(route.path(site.realm.things[PLACE], site.realm.codes[place]))
            assert answer.status_code < 500, route.rule.rule
            body = answer.get_data().decode("utf-8", "replace")
            hits += [f"{role} {route.rule.rule}: {word}" for word in WORDS if word in body]
        site.forget_limits()
    return sorted(set(hits))


def test_a78_who_was_erased_is_found_in_no_output_no_row_and_no_file(busy: Populated) -> None:
    with busy.app.app_context():
        with db.engine.connect() as connection:
            before = {hit.partition(":")[0] for hit in found_in_database(connection)}
        # The test looks where something was.
        assert {"person.name", "objection.text", "document.snapshot", "idempotency_key.answer"} <= before
        with read_scope() as session:
            sums = totals(session)
    people = f"/a/{busy.realm.codes['street']}/people"
    assert NAME in busy.sign_in("office").get(people).get_data(as_text=True)
    with busy.app.app_context():
        erase_now(busy)
        with read_scope() as session:
            assert totals(session) == sums
        with db.engine.connect() as connection:
            assert found_in_database(connection) == []
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
        db.engine.dispose()
    assert found_in_answers(busy) == []
    assert found_in_files(busy.home) == []


def test_a78_a_restored_backup_brings_nobody_back(busy: Populated, tmp_path: Path) -> None:
    with busy.app.app_context():
        site, url = current_site(), busy.app.config["SQLALCHEMY_DATABASE_URI"]
        made = make_backup(site, db.engine, tmp_path / "old.backup", tell=_silent)
        with read_scope() as session:
            sums = totals(session)
        erase_now(busy)
        db.session.remove()
        db.engine.dispose()
        restore(site, url, made.path, swap=True, tell=_silent)
        with db.engine.connect() as connection:
            assert f"person.name: {NAME}" in found_in_database(connection)
        assert close_again(OFFICE) == 1
        with db.engine.connect() as connection:
            assert found_in_database(connection) == []
        with read_scope() as session:
            assert totals(session) == sums
        # Once is enough, and the table knows what the file knew.
        assert close_again(OFFICE) == 0
        with read_scope() as session:
            assert not erase_list.differs(session)


class _Silent:
    def __call__(self, *args: object) -> None:
        """Nothing is told."""


_silent: Any = _Silent()


def test_a78_the_erased_person_is_not_found_ranked_recorded_or_changed(busy: Populated) -> None:
    realm = busy.realm
    with busy.app.app_context():
        with read_scope() as session:
            held = search_people(session, realm.areas["street"]).total
        erase_now(busy)
        with read_scope() as session:
            person = person_of(session, busy)
            assert person.name == f"已删除 {person.public_id[:6]}"
            page = search_people(session, realm.areas["street"])
            assert (page.total, len(page.rows)) == (held - 1, held - 1)
            assert person.id not in {row.id for row in page.rows}
            assert search_people(session, realm.areas["street"], phone_of(PLACE)).total == 0
            assert person.id not in set(session.scalars(consent.ranking_people()))
            account = session.get_one(Account, realm.accounts["member"])
            assert (account.person_id, account.password_hash, account.disabled_at is None) == (
                None,
                None,
                False,
            )
            assert session.scalar(select(Document.state).where(Document.person_id == person.id)) == "revoked"
            assert session.scalar(select(func.count()).select_from(Batch).where(Batch.state == "staged")) == 0
    worker = busy.sign_in("worker")
    at = f"/a/{realm.codes['happy']}/people/{realm.things[PLACE]['person']}"
    assert worker.post(f"{at}/consent", {"kind": "ranking", "act": "give"}).status_code == 303
    assert worker.post(f"{at}/leave", {"on": "2026-07-10"}).status_code == 422
    with busy.app.app_context(), read_scope() as session:
        assert person_of(session, busy).id not in set(session.scalars(consent.ranking_people()))


def test_s44_the_audit_log_is_still_whole_after_an_erasure(busy: Populated) -> None:
    with busy.app.app_context():
        erase_now(busy)
        seal()
        assert verify().findings == []


def test_a_frozen_person_is_only_kept_and_comes_back_whole(busy: Populated) -> None:
    with busy.app.app_context():
        with read_scope() as session:
            sums, person = totals(session), person_of(session, busy)
            was = (person.name, person.sex, person.birth_date, person.note, person.left_on, person.sort_key)
            texts = session.execute(
                select(EntryText.entry_id, EntryText.note).order_by(EntryText.entry_id)
            ).all()
        with unit_of_work(drain=False) as session:
            freezing.freeze(session, person_of(session, busy), erasing.DISPUTE, OFFICE)
        with read_scope() as session:
            assert totals(session) == sums
            assert search_people(session, busy.realm.areas["street"], phone_of(PLACE)).total == 0
            assert search_people(session, busy.realm.areas["street"], NAME).total == 0
        with db.engine.connect() as connection:
            hits = {hit.partition(":")[0] for hit in found_in_database(connection)}
        # Kept where frozen rows and other people's acts stand; nothing of it is shown.
        assert not {hit for hit in hits if hit.startswith(("person.", "entry_text."))}
    worker = busy.sign_in("worker")
    here = busy.realm.codes["happy"]
    for path in ("people", "log", "volunteer/", "points/", "documents", "people.csv"):
        assert NAME not in worker.get(f"/a/{here}/{path}").get_data(as_text=True), path
    with busy.app.app_context():
        with unit_of_work(drain=False) as session:
            freezing.free(session, person_of(session, busy), OFFICE)
        with read_scope() as session:
            person = person_of(session, busy)
            now = (person.name, person.sex, person.birth_date, person.note, person.left_on, person.sort_key)
            assert now == was
            assert search_people(session, busy.realm.areas["street"], phone_of(PLACE)).total == 1
            again = session.execute(
                select(EntryText.entry_id, EntryText.note).order_by(EntryText.entry_id)
            ).all()
            assert again == texts


def typed_elsewhere(site: Populated) -> None:
    """The name in texts of others that lead to no row of the person: an export, a call about somebody's notice."""
    area = site.realm.areas["happy"]
    with unit_of_work(drain=False) as session:
        wanted = exports.Wanted("people.index", "Roster", area, {"q": NAME, "sex": "F"}, "csv", 1)
        exports.order(session, wanted, f"{NAME} 要求核对", OFFICE)
        session.add(
            Objection(
                subject_type="publicity", subject_id="x", title="公示", open_key="phone:x", area_id=area,
                raised_by="phone:某*", taken_by="worker", text=f"{NAME} 的时长少算了", answer=f"已告知 {NAME}",
                raised_at=current_site().now(), due_on=current_site().today(),
            )
        )  # fmt: skip


def elsewhere(session: Session) -> list[tuple[str, ...]]:
    newest = select(ExportFile.arguments, ExportFile.reason).order_by(ExportFile.id.desc()).limit(1)
    row = session.execute(newest).one()
    said = select(Objection.text, Objection.answer).where(Objection.subject_id == "x")
    return [tuple(row), tuple(session.execute(said).one())]


def test_a_frozen_person_s_name_is_masked_where_others_typed_it_and_reasons_are_not_shown(
    busy: Populated,
) -> None:
    def reasons() -> list[str]:
        with read_scope() as session:
            person = person_of(session, busy)
            entries = session.scalars(select(Entry).where(Entry.person_id == person.id))
            told = [change.reason for entry in entries for change in history(session, entry)]
            return told + [change.reason for change in changes(session, [person.id], 100)]

    with busy.app.app_context():
        typed_elsewhere(busy)
        assert any(NAME in reason for reason in reasons())
        assert "邻居王阿姨 找他" in reasons()
        with unit_of_work(drain=False) as session:
            freezing.freeze(session, person_of(session, busy), erasing.DISPUTE, OFFICE)
        assert not any(reasons())
        with read_scope() as session:
            files, said = elsewhere(session)
        assert json.loads(files[0]) == {"q": mask_name(NAME), "sex": "F"}
        assert files[1] == f"{mask_name(NAME)} 要求核对"
        assert said == (f"{mask_name(NAME)} 的时长少算了", f"已告知 {mask_name(NAME)}")
        with unit_of_work(drain=False) as session:
            freezing.free(session, person_of(session, busy), OFFICE)
        assert any(NAME in reason for reason in reasons())


def test_an_erased_person_s_name_goes_from_what_was_said_on_the_telephone(busy: Populated) -> None:
    with busy.app.app_context():
        typed_elsewhere(busy)
        erase_now(busy)
        with read_scope() as session:
            assert not [text for texts in elsewhere(session) for text in texts if NAME in text]
            assert elsewhere(session)[1][0] == f"{mask_name(NAME)} 的时长少算了"


def test_nobody_is_erased_twice_by_themselves_or_while_they_work_for_others(busy: Populated) -> None:
    def refused(actor: Actor, why: str = erasing.ON_REQUEST) -> str:
        with pytest.raises(Problem) as caught, unit_of_work(drain=False) as session:
            erasing.erase(session, person_of(session, busy), why, actor)
        return caught.value.code

    with busy.app.app_context():
        own = int(busy.realm.things[PLACE]["person_id"])
        assert refused(Actor("x", 1, own)) == "own_person"
        assert refused(OFFICE, "boredom") == "unknown_reason"
        with unit_of_work(drain=False) as session:
            worker = busy.realm.accounts["worker"]
            session.execute(update(Account).where(Account.person_id == own).values(person_id=None))
            session.execute(update(Account).where(Account.id == worker).values(person_id=own))
        assert refused(OFFICE) == "still_staff"
        with unit_of_work(drain=False) as session:
            session.execute(update(Account).where(Account.id == worker).values(person_id=None))
        erase_now(busy)
        assert refused(OFFICE) == "already_erased"


def test_frozen_columns_can_be_emptied_and_never_rewritten(busy: Populated) -> None:
    with busy.app.app_context(), unit_of_work(drain=False) as session:
        decision = session.scalars(select(Decision.id).where(Decision.reason != "")).first()
        session.execute(update(Decision).where(Decision.id == decision).values(reason=""))
        for column, value in (("reason", "另一个理由"), ("actor", "somebody"), ("outcome", "rejected")):
            with pytest.raises(Exception, match="append-only"), session.begin_nested():
                session.execute(update(Decision).where(Decision.id == decision).values({column: value}))
