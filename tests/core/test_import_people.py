"""Importing rosters: who is who, what changes, what is refused, and that a preview changes nothing."""

from __future__ import annotations

from datetime import date
from types import ModuleType

import pytest
from sqlalchemy import func, select

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import close_area, find_area
from pointsys.core.audit import AuditRow
from pointsys.core.batches import Batch, BatchRow
from pointsys.core.database import Base, db
from pointsys.core.hookspecs import hookimpl
from pointsys.core.people.models import Person, PersonArea
from pointsys.core.people.records import id_number_of, phone_of
from pointsys.core.people.services import leave
from pointsys.core.plugin_info import ImportColumn, PluginInfo
from pointsys.core.site import Site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.conftest import MakeApp
from tests.factories import HAPPY, STREET, SUNNY
from tests.sheets import counts, faults, id_number, people, plant_tree

HEADER = ("姓名", "性别", "身份证号", "手机号码", "所在网格", "备注")
ZHANG = ("张伟", "男", id_number(15), "13800001234", "第1网格", "")
LI = ("李静", "女", id_number(28), "13800001235", "第2网格", "")


@pytest.fixture(autouse=True)
def _tree(site: Site) -> None:
    plant_tree()


def stored(name: str) -> Person:
    """The one person of this name."""
    with read_scope() as session:
        person = session.scalars(select(Person).where(Person.name == name)).one()
        session.expunge(person)
    return person


def test_a_roster_becomes_people_with_their_grids() -> None:
    report = people(HEADER, ZHANG, LI)

    assert counts(report) == {"created": 2}
    zhang = stored("张伟")
    assert (phone_of(zhang), id_number_of(zhang)) == ("13800001234", id_number(15))
    assert (zhang.sex, zhang.birth_date) == ("male", date(1990, 3, 7))
    with read_scope() as session:
        grid = session.get_one(Area, zhang.area_id)
        span = session.scalars(select(PersonArea).where(PersonArea.person_id == zhang.id)).one()
        assert grid.name == "第1网格"
        assert (span.area_id, span.from_on, span.to_on) == (grid.id, None, None)


def test_the_same_file_twice_creates_nothing() -> None:
    rows = [ZHANG, LI, ("王芳", "", "", "", "第1网格", "")]
    people(HEADER, *rows)

    assert counts(people(HEADER, *rows)) == {"unchanged": 3}


def test_a_name_alone_never_merges_with_somebody_who_has_a_phone() -> None:
    people(HEADER, ZHANG)
    report = people(HEADER, ("张伟", "", "", "", "第1网格", ""))

    assert counts(report) == {"created": 1}
    assert [(note.row, note.fault.code) for note in report.flagged] == [(2, "same_name")]


def test_nameless_rows_repeat_within_a_file_only_in_the_same_grid() -> None:
    report = people(
        ("姓名", "网格"), ("王芳", "第1网格"), ("王芳", "第 1 网格"), ("王芳", "第2网格"), ("王　芳", "1")
    )

    assert counts(report) == {"created": 2, "duplicate": 2}


def test_the_phone_of_one_and_the_id_number_of_another_is_a_conflict() -> None:
    people(HEADER, ZHANG, LI)
    report = people(HEADER, ("张伟", "", id_number(15), "13800001235", "", ""))

    assert faults(report) == [(2, "身份证号", "conflict")]
    assert phone_of(stored("张伟")) == "13800001234"


def test_an_id_number_under_another_name_is_a_conflict_also_within_one_file() -> None:
    report = people(HEADER, ZHANG, ("张卫", "", id_number(15), "", "", ""))

    assert counts(report) == {"created": 1, "error": 1}
    assert faults(report) == [(3, "身份证号", "conflict")]


def test_somebody_repeated_in_the_file_is_a_duplicate_by_id_number_or_by_phone_and_name() -> None:
    report = people(
        HEADER,
        ZHANG,
        ("张伟", "", id_number(15), "", "", ""),
        ("张伟", "", "", "138-0000-1234", "", ""),
    )

    assert counts(report) == {"created": 1, "duplicate": 2}


def test_relatives_may_share_a_phone() -> None:
    report = people(HEADER, ZHANG, ("张小宝", "", "", "13800001234", "", ""))

    assert counts(report) == {"created": 2}


def test_what_is_new_completes_a_person_and_a_blank_erases_nothing() -> None:
    people(HEADER, ("张伟", "", "", "13800001234", "", "老党员"))
    report = people(HEADER, ("张伟", "男", id_number(28), "13800001234", "", ""))

    assert counts(report) == {"updated": 1}
    zhang = stored("张伟")
    assert (id_number_of(zhang), zhang.birth_date, zhang.note) == (id_number(28), date(1990, 3, 7), "老党员")
    # What the row says goes before what follows from the number.
    assert zhang.sex == "male"


def test_a_new_phone_replaces_the_old_one_of_the_same_id_number() -> None:
    people(HEADER, ZHANG)
    report = people(HEADER, ("张伟", "", id_number(15), "13900001234", "", ""))

    assert counts(report) == {"updated": 1}
    assert phone_of(stored("张伟")) == "13900001234"


def test_what_merely_follows_from_the_id_number_changes_nothing() -> None:
    people(HEADER, ("张伟", "女", id_number(15), "", "", ""))

    assert counts(people(HEADER, ("张伟", "", id_number(15), "", "", ""))) == {"unchanged": 1}
    assert stored("张伟").sex == "female"


def test_another_grid_moves_a_person_from_today(site: Site) -> None:
    people(HEADER, ZHANG)
    report = people(HEADER, (*ZHANG[:4], "第2网格", ""))

    assert counts(report) == {"updated": 1}
    with read_scope() as session:
        spans = session.execute(
            select(Area.name, PersonArea.from_on, PersonArea.to_on)
            .join(Area, Area.id == PersonArea.area_id)
            .order_by(PersonArea.id)
        ).all()
    assert spans == [("第1网格", None, date(2026, 7, 9)), ("第2网格", date(2026, 7, 10), None)]


def test_somebody_who_had_left_comes_back(site: Site) -> None:
    people(HEADER, ZHANG)
    with unit_of_work(drain=False) as session:
        person = session.scalars(select(Person)).one()
        leave(session, person, date(2026, 3, 1), SYSTEM)

    assert counts(people(HEADER, ZHANG)) == {"updated": 1}
    assert stored("张伟").left_on is None


def test_grids_that_nobody_knew_are_made_once_whatever_their_spelling() -> None:
    report = people(
        ("姓名", "所在网格", "手机"),
        ("张伟", "第12网格", "13800001234"),
        ("李静", "第十二网格", "13800001235"),
        ("王芳", "12号网格", "13800001236"),
        ("赵敏", "第３网格", "13800001237"),
    )

    assert report.outcome.new_areas == ["第３网格", "第12网格"]
    with read_scope() as session:
        codes = dict(session.execute(select(Area.name, Area.code).where(Area.code > f"{HAPPY}002")).all())
    assert codes["第3网格" if "第3网格" in codes else "第３网格"] == f"{HAPPY}003"
    assert codes["第12网格"] == f"{HAPPY}004"


def test_a_roster_of_the_street_needs_the_community_for_its_grids() -> None:
    header = ("姓名", "手机", "社区", "网格")
    report = people(
        header,
        ("张伟", "13800001234", "幸福社区", "第1网格"),
        ("李静", "13800001235", "阳光", "第1网格"),
        ("王芳", "13800001236", "", "第1网格"),
        ("赵敏", "13800001237", "", "第9网格"),
        ("钱多", "13800001238", "月亮社区", "第1网格"),
        ("孙力", "13800001239", "", "阳光社区第2网格"),
        code=STREET,
    )

    assert faults(report) == [(5, "网格", "unknown_grid"), (6, "社区", "unknown_community")]
    assert counts(report) == {"created": 4, "error": 2}
    with read_scope() as session:
        sunny = session.scalars(select(Area.name).where(Area.code.startswith(SUNNY, autoescape=True))).all()
    assert sorted(sunny) == ["第1网格", "第2网格", "阳光社区"]


def test_a_closed_grid_takes_nobody() -> None:
    with unit_of_work(drain=False) as session:
        grid = find_area(session, f"{HAPPY}002")
        assert grid is not None
        close_area(session, grid, SYSTEM)

    assert faults(people(HEADER, LI)) == [(2, "所在网格", "area_closed")]


def test_somebody_on_another_areas_roster_is_not_taken_over() -> None:
    people(HEADER, (*ZHANG[:4], "", ""), code=SUNNY)
    report = people(HEADER, ZHANG, code=HAPPY)

    assert faults(report) == [(2, "姓名", "person_elsewhere")]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (("", "男", "", "13800001234"), "名 字*", "missing_name"),
        (("13800001234", "男", "", ""), "名 字*", "bad_name"),
        (("张伟", "第三", "", ""), "性别", "bad_sex"),
        (("张伟", "", "990101199003070014", ""), "公民身份号码", "bad_id_number"),
        (("张伟", "", "990101199013070015", ""), "公民身份号码", "bad_id_number"),
        (("张伟", "", "3.70502E+17", ""), "公民身份号码", "lost_digits"),
        (("张伟", "", "990101199003070000", ""), "公民身份号码", "lost_digits"),
        (("张伟", "", "", "1380000123"), "联系电话(手机)", "bad_phone"),
    ],
)
def test_a_row_at_fault_names_its_column_as_the_user_wrote_it(
    row: tuple[str, ...], column: str, code: str
) -> None:
    report = people(("花名册",), ("名 字*", "性别", "公民身份号码", "联系电话(手机)"), row)

    assert faults(report) == [(3, column, code)]
    assert counts(report) == {"error": 1}


def snapshot() -> dict[str, int]:
    """The number of rows of every table."""
    with read_scope() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
            if name in db.inspect(session.connection()).get_table_names()
        }


@pytest.mark.parametrize("options", [{"dry_run": True}, {"skip_errors": False}])
def test_a_trial_run_and_a_refused_file_change_nothing(options: dict[str, bool]) -> None:
    before = snapshot()
    report = people(HEADER, ZHANG, ("", "", "", "", "第77网格", ""), **options)

    assert counts(report) == {"created": 1, "error": 1}
    assert not report.committed
    assert snapshot() == before


def test_an_import_is_one_row_of_the_audit_log_and_leaves_no_staged_row() -> None:
    report = people(HEADER, ZHANG, LI)

    with read_scope() as session:
        rows = session.execute(
            select(AuditRow.event, AuditRow.object_id, AuditRow.count).where(
                AuditRow.event == "import.applied"
            )
        ).all()
        assert rows == [("import.applied", report.batch, 2)]
        assert session.scalar(select(func.count()).select_from(BatchRow)) == 0
        assert session.scalars(select(Batch.state)).all() == ["committed"]


@pytest.mark.parametrize(
    ("rows", "code"),
    [([("甲", "乙"), ("一", "二")], "no_header"), ([("性别", "电话"), ("男", "1")], "missing_columns")],
)
def test_a_sheet_without_the_name_column_is_refused_as_a_whole(
    rows: list[tuple[str, ...]], code: str
) -> None:
    with pytest.raises(Problem) as caught:
        people(*rows)
    assert caught.value.code == code


def _yes(cell: object) -> bool:
    if str(cell) not in ("是", "否"):
        raise Problem("bad_badge", "Write %(yes)s.", yes="是")
    return str(cell) == "是"


class Badge(ModuleType):
    """A plugin that adds a column to rosters and keeps what it is told."""

    def __init__(self) -> None:
        super().__init__("badge")
        self.PLUGIN = PluginInfo(
            "badge",
            "badge",
            "Badges",
            "1",
            import_columns=(ImportColumn("badge", ("骨干", "是否骨干"), _yes),),
        )
        self.told: list[tuple[int, dict[str, object]]] = []
        self.fails = False
        outer = self

        @hookimpl
        def people_imported(people: list[tuple[int, dict[str, object]]]) -> None:
            outer.told = [(person_id, dict(values)) for person_id, values in people]
            if outer.fails:
                raise RuntimeError("badge")

        self.people_imported = people_imported


@pytest.fixture
def badge(make_app: MakeApp) -> Badge:
    """The plugin, loaded; switching it on is the test's affair."""
    return Badge()


def _switch_on() -> None:
    with unit_of_work(drain=False) as session:
        area = find_area(session, HAPPY)
        assert area is not None
        switch_plugin(session, area, "badge", True, SYSTEM)


def test_plugins_get_the_values_of_their_columns_where_they_are_on(make_app: MakeApp, badge: Badge) -> None:
    header = ("姓名", "手机", "是否骨干")
    rows = [("张伟", "13800001234", "是"), ("李静", "13800001235", ""), ("王芳", "13800001236", "也许")]
    with make_app(extra_plugins=[badge]).app_context():
        assert people(header, *rows[:2]).unused_columns == ("是否骨干",)
        _switch_on()
        report = people(header, *rows)
        zhang = stored("张伟")

        assert counts(report) == {"unchanged": 2, "error": 1}
        assert faults(report) == [(4, "是否骨干", "bad_badge")]
        assert badge.told == [(zhang.id, {"badge": True})]


def test_a_plugin_that_fails_undoes_the_import(make_app: MakeApp, badge: Badge) -> None:
    badge.fails = True
    with make_app(extra_plugins=[badge]).app_context():
        _switch_on()
        with pytest.raises(Problem) as caught:
            people(("姓名", "骨干"), ("张伟", "是"))

        assert caught.value.code == "plugin_failed"
        with read_scope() as session:
            assert session.scalar(select(func.count()).select_from(Person)) == 0
            assert session.scalars(select(Batch.state)).all() == ["staged"]
