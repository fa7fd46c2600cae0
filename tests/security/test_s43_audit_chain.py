"""S-43, S-44, A90, A91: whatever somebody does to the logs by SQL, verifying names the first bad row.

Every attacker here has the database and drops its triggers first; one of them has the site's keys as well.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.audit import anchors, blocks
from pointsys.core.audit.sealer import seal
from pointsys.core.audit.verify import verify
from pointsys.core.database import create_triggers, drop_triggers
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.conftest import MakeApp
from tests.security.chains import act, first_of, tamper


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """Nothing here needs a page."""
    return make_app(web=False)


@pytest.fixture
def chain(site: Site) -> list[int]:
    """Twenty rows sealed in four blocks, with a head kept outside after the second; the rows' ids."""
    for number in range(20):
        act(number)
        if number % 5 == 4:
            seal()
        if number == 9:
            with unit_of_work(drain=False) as session:
                anchors.add_anchor(session, SYSTEM)
    seal()
    with read_scope() as session:
        return list(session.scalars(text("SELECT id FROM audit WHERE event = 'person.updated' ORDER BY id")))


def test_an_untouched_chain_fits_and_tells_what_it_saw(chain: list[int]) -> None:
    act(99)
    report = verify()
    assert report.ok, report.findings
    assert report.checked["audit"] >= 20
    assert report.unsealed["audit"] == 1
    assert report.anchors == 1


EDITS = (
    "actor = 'somebody else'", "account = 'otheraccountaaaa'", "event = 'sign_in'", "object_id = 'p0'",
    "result = 'denied'", "address = '10.0.0.8'", "count = 2", "area_id = 1", "after_digest = NULL",
    "before_digest = after_digest", "mark = NULL", "nonce = mark", "object_type = 'account'",
)  # fmt: skip


def test_a90_an_edit_of_any_column_is_named_the_first_one_first(chain: list[int]) -> None:
    for number, change in reversed(list(enumerate(EDITS, start=2))):
        tamper(f"UPDATE audit SET {change} WHERE id = :id", id=chain[number])
        assert first_of(verify()) == ("changed", "audit", chain[number]), change
    report = verify()
    assert [finding.row for finding in report.findings] == chain[2 : 2 + len(EDITS)]


def test_a90_a_back_dated_row_is_named(chain: list[int]) -> None:
    tamper("UPDATE audit SET at = (SELECT at FROM audit WHERE id = :first)", first=chain[0])
    assert verify().ok, "the clock stands still here, so nothing has changed yet"
    with unit_of_work(drain=False) as session:
        drop_triggers(session.connection(), {"audit"})
        session.execute(
            audit.AuditRow.__table__.update()  # type: ignore[attr-defined]
            .where(audit.AuditRow.id == chain[3])
            .values(at=audit.AuditRow.at)
        )
        row = session.get_one(audit.AuditRow, chain[3])
        row.at = row.at - timedelta(days=30)
        session.flush()
        create_triggers(session.connection(), {"audit"})
    assert first_of(verify()) == ("changed", "audit", chain[3])


def test_a90_a_deleted_row_is_named(chain: list[int]) -> None:
    tamper("DELETE FROM audit WHERE id IN (:one, :other)", one=chain[12], other=chain[6])
    assert first_of(verify()) == ("missing", "audit", chain[6])


def test_a90_swapped_rows_are_named(chain: list[int]) -> None:
    tamper(
        "UPDATE audit SET id = 1000000 WHERE id = :one",
        "UPDATE audit SET id = :one WHERE id = :other",
        "UPDATE audit SET id = :other WHERE id = 1000000",
        one=chain[4],
        other=chain[9],
    )
    assert first_of(verify()) == ("changed", "audit", chain[4])


COPY = (
    "INSERT INTO audit (id, at, actor, account, event, object_type, object_id, result, address, count, nonce, mark) "
    "SELECT {id}, at, actor, account, event, object_type, '{object}', result, address, count, nonce, mark "
    "FROM audit WHERE id = :id"
)


def test_a90_an_inserted_row_is_named_before_it_is_sealed_and_after(chain: list[int]) -> None:
    tamper(COPY.format(id=chain[-1] + 1, object="p3"), id=chain[3])
    assert first_of(verify()) == ("forged", "audit", chain[-1] + 1)
    seal()
    assert first_of(verify()) == ("forged", "audit", chain[-1] + 1)


def test_a90_a_row_put_in_the_place_of_a_deleted_one_is_named(chain: list[int]) -> None:
    tamper("DELETE FROM audit WHERE id = :row", row=chain[8])
    tamper(COPY.format(id=chain[8], object="p3"), id=chain[3])
    assert first_of(verify()) == ("changed", "audit", chain[8])


def test_a90_a_row_without_a_mark_is_named(chain: list[int]) -> None:
    tamper(
        "INSERT INTO audit (id, at, actor, event, object_type, object_id, result, address, count) "
        "SELECT id + 1, at, 'worker', 'sign_in', 'account', 'x', 'ok', '', 1 FROM audit WHERE id = :id",
        id=chain[-1],
    )
    seal()
    assert first_of(verify()) == ("inserted", "audit", chain[-1] + 1)


def test_a90_a_block_that_was_made_to_fit_a_changed_row_does_not_fit_the_chain(chain: list[int]) -> None:
    tamper("UPDATE audit SET count = 5 WHERE id = :id", id=chain[2])
    with unit_of_work(drain=False) as session:
        block = session.execute(
            text(
                "SELECT position, first_id, last_id FROM audit_block WHERE :id BETWEEN first_id AND last_id"
            ),
            {"id": chain[2]},
        ).one()
        rows = session.execute(
            blocks.rows_of("audit").where(audit.AuditRow.id.between(block.first_id, block.last_id))
        )
        digests = [blocks.digest_of("audit", row) or b"" for row in rows]
    tamper(
        "UPDATE audit_block SET content = :content, digests = :digests WHERE position = :position",
        content=blocks.content_of(digests), digests=b"".join(d[:8] for d in digests), position=block.position,
    )  # fmt: skip
    code, log, row = first_of(verify())
    # The row's mark is the first to tell; the block on top of the others tells as well.
    assert (code, log, row) in {("forged", "audit", chain[2]), ("block", "audit", block.first_id)}
    assert {"forged", "block"} <= {finding.code for finding in verify().findings}


def test_a90_a_block_taken_out_is_named(chain: list[int]) -> None:
    tamper("DELETE FROM audit_block WHERE position = 2")
    report = verify()
    assert report.first is not None
    assert (report.first.code, report.first.position) == ("block_missing", 2)


def cut(ids: list[int], *, first: int) -> None:
    """Take the end of the log away, and of the chain with it."""
    tamper(
        "DELETE FROM audit_block WHERE last_id >= :first AND log = 'audit'",
        "DELETE FROM audit WHERE id >= :first",
        first=first,
    )


def test_a91_the_last_rows_cut_off_are_missed_by_the_head_kept_outside(chain: list[int]) -> None:
    cut(chain, first=chain[5])
    report = verify()
    assert "cut" in {finding.code for finding in report.findings}
    assert first_of(report)[0] == "cut"


def test_a91_a_cut_behind_the_last_line_is_told_by_the_head_of_the_last_sealing(chain: list[int]) -> None:
    cut(chain, first=chain[15])
    assert first_of(verify())[0] == "cut"
    last = anchors.anchor_file().with_name("audit.jsonl.last")
    last.unlink()
    assert verify().ok, "without any head that tells of them, rows at the end leave no trace"


def test_a91_rows_after_the_last_line_cut_off_stay_told_after_the_next_act(chain: list[int]) -> None:
    before = anchors.kept_last()
    cut(chain, first=chain[15])
    act(100)
    assert seal() > 0
    assert anchors.kept_last() == before, "the only trace of the cut is kept"
    assert {finding.code for finding in verify().findings} & {"cut", "rewritten"}
    with read_scope() as session:
        assert session.scalar(text("SELECT count(*) FROM security_alert WHERE kind = 'audit.broken'")) == 1
    # As many blocks as there were: the one at that place is another.
    for number in range(3):
        act(101 + number)
        seal()
    assert first_of(verify())[0] == "rewritten"


def test_a91_the_last_block_dropped_and_its_row_overwritten_by_an_old_one_is_told(chain: list[int]) -> None:
    act(100)
    seal()
    content = (
        "at", "actor", "account", "event", "object_type", "object_id", "area_id", "result", "address",
        "before_digest", "after_digest", "count", "nonce", "mark",
    )  # fmt: skip
    tamper(
        "DELETE FROM audit_block WHERE position = (SELECT max(position) FROM audit_block)",
        *(
            f"UPDATE audit SET {name} = (SELECT old.{name} FROM audit AS old WHERE old.id = :old) "
            "WHERE id = (SELECT max(id) FROM audit)"
            for name in content
        ),
        old=chain[3],
    )
    seal()
    codes = {finding.code for finding in verify().findings}
    assert {"copied", "rewritten"} <= codes


def test_a90_a_copy_of_a_row_at_the_end_is_named_before_it_is_sealed_and_after(chain: list[int]) -> None:
    copy = COPY.format(id=chain[-1] + 1, object="{}")
    columns = "area_id, before_digest, after_digest, count, nonce, mark"
    copy = copy.replace("count, nonce, mark", columns).replace("'{}'", "object_id")
    tamper(copy, id=chain[3])
    assert first_of(verify()) == ("copied", "audit", chain[-1] + 1)
    seal()
    assert first_of(verify()) == ("copied", "audit", chain[-1] + 1)


def test_a_line_put_outside_in_the_middle_of_a_check_is_no_finding(
    chain: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pointsys.core.audit.verify.BLOCKS_AT_ONCE", 2)
    done: list[int] = []

    def anchor_once(position: int, _total: int) -> None:
        if not done:
            done.append(position)
            with unit_of_work(drain=False) as session:
                anchors.add_anchor(session, SYSTEM)

    report = verify(anchor_once)
    assert report.ok, report.findings
    assert (done, report.anchors) == ([2], 2)


def rebuild() -> None:
    """Chain everything anew, with all keys of the site at hand."""
    tamper("DELETE FROM audit_block")
    seal(deep=True)


def test_a91_a_chain_rebuilt_with_all_keys_does_not_fit_the_head_kept_outside(
    chain: list[int], site: Site
) -> None:
    with unit_of_work(drain=False) as session:
        drop_triggers(session.connection(), {"audit"})
        row = session.get_one(audit.AuditRow, chain[6])
        row.object_id = "somebody else"
        session.flush()
        assert row.nonce is not None
        committed = audit.rows.commitment(row.nonce, row.actor, row.address)
        values = {column.name: getattr(row, column.name) for column in row.__table__.columns}
        row.mark = audit.rows.mark_of(audit.rows.body_of(values, committed))
        session.flush()
        create_triggers(session.connection(), {"audit"})
    rebuild()
    report = verify()
    code, log, _row = first_of(report)
    assert (code, log) in {("rewritten", "audit"), ("cut", "audit")}
    # Nothing else gives it away: rows, marks and blocks fit each other.
    assert {finding.code for finding in report.findings} <= {"rewritten", "cut"}


def test_a91_a_rebuilt_chain_of_changed_rows_names_the_row_without_any_head(chain: list[int]) -> None:
    tamper("UPDATE audit SET event = 'sign_in' WHERE id = :id", id=chain[6])
    rebuild()
    path = anchors.anchor_file()
    path.with_name("audit.jsonl.last").unlink()
    assert first_of(verify())[0] in {"forged", "rewritten", "cut"}
    assert ("forged", chain[6]) in {(finding.code, finding.row) for finding in verify().findings}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda lines: [lines[0].replace('"position":', '"position":1'), *lines[1:]], "anchor"),
        (lambda lines: lines[1:], "anchor"),
        (lambda lines: lines[:-1], "anchors_gone"),
        (lambda lines: [], "anchors_gone"),
    ],
)
def test_a91_the_file_of_heads_tells_when_it_was_touched(
    chain: list[int], spoil: Callable[[list[str]], list[str]], code: str
) -> None:
    for _ in range(2):
        with unit_of_work(drain=False) as session:
            anchors.add_anchor(session, SYSTEM)
    seal()
    path = anchors.anchor_file()
    path.write_text("".join(f"{line}\n" for line in spoil(path.read_text().splitlines())))
    assert code in {finding.code for finding in verify().findings}


def forget(label: str = "erased-staffaccountaaaa") -> int:
    with unit_of_work(drain=False) as session:
        return audit.forget(session, SYSTEM, label=label, account="staffaccountaaaa", logins=["worker"])


def test_s44_a_hundred_people_forgotten_leave_a_chain_that_fits(site: Site) -> None:
    for number in range(100):
        act(number, Actor(f"login{number}", address="10.1.1.1", account=f"account{number:09}"))
        if number == 50:
            seal()
    for number in range(100):
        with unit_of_work(drain=False) as session:
            done = audit.forget(session, SYSTEM, label=f"erased-{number}", account=f"account{number:09}")
        assert done == 1
    seal()
    report = verify()
    assert report.ok, report.findings
    assert report.forgotten == 100
    with read_scope() as session:
        left = session.execute(
            text("SELECT actor, address, nonce FROM audit WHERE account IS NOT NULL")
        ).all()
        assert {(row.address, row.nonce) for row in left} == {("", None)}
        assert not any("login" in row.actor for row in left)


def test_an_erasure_in_the_middle_of_a_check_is_no_finding(
    chain: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pointsys.core.audit.verify.BLOCKS_AT_ONCE", 2)
    done: list[int] = []

    def erase_once(position: int, _total: int) -> None:
        if not done:
            done.append(forget())

    report = verify(erase_once)
    assert done == [20]
    assert 0 < report.forgotten < 20
    assert report.ok, report.findings


def test_forgetting_takes_what_tokens_of_the_login_did(chain: list[int]) -> None:
    act(50, Actor("worker/nightly"))
    act(51, Actor("worker2"))
    assert forget() == 21
    with read_scope() as session:
        assert "worker2" in set(session.scalars(text("SELECT actor FROM audit")))
    seal()
    assert verify().ok


@pytest.mark.parametrize(
    "blanking",
    [
        "actor = '', address = '', nonce = NULL",
        "actor = 'erased-x', nonce = NULL, sealed_hash = 'abc', forgotten = 'made-up:tag'",
        "nonce = NULL",
    ],
)
def test_a90_a_row_blanked_without_an_erasure_is_named(chain: list[int], blanking: str) -> None:
    tamper(f"UPDATE audit SET {blanking} WHERE id = :id", id=chain[11])
    code, log, row = first_of(verify())
    assert (log, row) == ("audit", chain[11])
    assert code in {"blanked", "changed"}


def test_a90_a_blanked_row_cannot_borrow_the_erasure_of_another(chain: list[int]) -> None:
    act(60, Actor("gone", account="goneaccountaaaaa"))
    with unit_of_work(drain=False) as session:
        audit.forget(session, SYSTEM, label="erased-gone", account="goneaccountaaaaa")
    seal()
    with read_scope() as session:
        row = session.get_one(audit.AuditRow, chain[2])
        assert row.nonce is not None
        kept = audit.rows.commitment(row.nonce, row.actor, row.address)
    tamper(
        "UPDATE audit SET actor = 'erased-gone', address = '', nonce = NULL, sealed_hash = :kept, "
        "forgotten = (SELECT forgotten FROM audit WHERE actor = 'erased-gone' LIMIT 1) WHERE id = :id",
        kept=kept, id=chain[2],
    )  # fmt: skip
    assert first_of(verify()) == ("blanked", "audit", chain[2])


def test_a90_an_erasure_whose_row_is_gone_is_told(chain: list[int]) -> None:
    forget()
    tamper("DELETE FROM audit WHERE event = 'audit.forgotten'")
    assert first_of(verify())[0] == "erasure"


def test_rows_from_before_there_were_marks_are_sealed_as_they_are(site: Site) -> None:
    for number in range(3):
        act(number)
    tamper("UPDATE audit SET mark = NULL, nonce = NULL, account = NULL")
    act(4)
    seal()
    assert verify().ok, verify().findings
    with read_scope() as session:
        ids = list(session.scalars(text("SELECT id FROM audit ORDER BY id")))
        assert session.scalar(text("SELECT count(*) FROM audit WHERE nonce IS NULL")) == 0
    tamper("UPDATE audit SET actor = 'x' WHERE id = :id", id=ids[1])
    assert first_of(verify()) == ("changed", "audit", ids[1])


def late(session: Session, row_id: int) -> None:
    """A row under an id that was given earlier."""
    audit.write(session, SYSTEM, "sign_in", "account", f"late{row_id}")
    drop_triggers(session.connection(), {"audit"})
    session.execute(
        text("UPDATE audit SET id = :id WHERE object_id = :late"), {"id": row_id, "late": f"late{row_id}"}
    )
    create_triggers(session.connection(), {"audit"})


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_row_committed_after_one_with_a_higher_id_is_sealed_too(site: Site) -> None:
    act(1)
    with unit_of_work(drain=False) as session:
        first = session.scalar(text("SELECT max(id) FROM audit"))
        assert first is not None
        late(session, first + 5)
    seal()
    with unit_of_work(drain=False) as session:
        late(session, first + 3)
    report = verify()
    assert report.ok
    assert report.unsealed["audit"] == 1
    assert seal() == 1
    report = verify()
    assert report.ok, report.findings
    assert report.unsealed["audit"] == 0


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a90_a_row_slipped_into_a_gap_is_named_where_no_row_can_be_late(chain: list[int]) -> None:
    with unit_of_work(drain=False) as session:
        late(session, chain[-1] + 10)
    seal()
    with unit_of_work(drain=False) as session:
        late(session, chain[-1] + 5)
    code, _log, row = first_of(verify())
    assert (code, row) == ("inserted", chain[-1] + 5)


def test_sealers_beside_each_other_and_beside_writers_seal_each_row_once(app: Flask) -> None:
    errors: list[Exception] = []

    def work(job: Callable[[int], object]) -> None:
        try:
            with app.app_context():
                for number in range(12):
                    job(number)
        except Exception as error:  # noqa: BLE001  (a thread's failure has to reach the test)
            errors.append(error)

    jobs: list[Callable[[int], object]] = [act, act, lambda _number: seal(), lambda _number: seal()]
    threads = [Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with app.app_context():
        seal()
        report = verify()
        assert report.ok, report.findings
        assert (report.checked["audit"], report.unsealed["audit"]) == (24, 0)
