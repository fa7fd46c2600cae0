"""Reading a sheet of collected wishes: its cells as they are kept, which column is which, and what a row says.

No database. Cells are kept as they came (text, numbers, yes and no; days as text), so that the columns can be said
anew and rows at fault go back with their own words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pointsys.plugin import (
    N_,
    ColumnSpec,
    HeaderMatch,
    Problem,
    cell,
    data_rows,
    find_header,
    is_blank,
    normalise_text,
    parse_bool,
    parse_id_number,
    parse_name,
    parse_phone,
    parse_text,
)

from ..asking.checking import Asking, check
from ..models import CATEGORIES

MOST_ROWS = 500
MOST_COLUMNS = 40
LONGEST_CELL = 1_000
# A sheet has lines above and below its table.
SPARE_ROWS = 40

NAME, PHONE, ID_NUMBER, PLACE = "name", "phone", "id_number", "place"
KIND, TITLE, WORDS, ADDRESS, PRIVATE = "category", "title", "words", "address", "private"
AMOUNT, SLOTS, OPENLY = "amount", "slots", "openly"
COLUMNS = (
    ColumnSpec(
        NAME,
        ("姓名", "心愿人", "许愿人", "心愿人姓名", "许愿人姓名", "困难群众姓名", "居民姓名", "name"),
        required=True,
    ),
    ColumnSpec(PHONE, ("手机号码", "手机号", "手机", "联系电话", "联系方式", "电话", "心愿人电话", "phone")),
    ColumnSpec(ID_NUMBER, ("身份证号", "身份证号码", "公民身份号码", "身份证", "证件号码")),
    ColumnSpec(PLACE, ("网格", "所属网格", "所在网格", "网格名称", "社区", "所属社区", "所在社区", "村居")),
    ColumnSpec(KIND, ("类别", "心愿类别", "心愿类型", "类型", "分类", "种类")),
    ColumnSpec(
        TITLE,
        (
            "微心愿",
            "心愿",
            "心愿名称",
            "心愿标题",
            "微心愿名称",
            "标题",
            "心愿内容",
            "微心愿内容",
            "所需物品",
        ),
    ),
    ColumnSpec(WORDS, ("心愿说明", "详细说明", "心愿详情", "具体说明", "说明", "具体内容", "详情")),
    ColumnSpec(ADDRESS, ("住址", "家庭住址", "详细地址", "地址", "居住地址")),
    ColumnSpec(PRIVATE, ("备注", "家庭情况", "基本情况", "困难情况", "内部备注")),
    ColumnSpec(AMOUNT, ("金额", "预算", "预算金额", "价值", "参考价格", "参考金额", "心愿金额", "所需金额")),
    ColumnSpec(SLOTS, ("名额", "可认领数", "可认领人数", "认领人数", "数量", "份数")),
    ColumnSpec(OPENLY, ("是否公开", "公开", "是否上墙", "可否公开")),
)
KEYS = tuple(spec.key for spec in COLUMNS)
TITLES = {
    NAME: N_("Name"),
    PHONE: N_("Phone"),
    ID_NUMBER: N_("ID number"),
    PLACE: N_("Grid or community"),
    KIND: N_("Kind"),
    TITLE: N_("Wish"),
    WORDS: N_("Details for the wall"),
    ADDRESS: N_("Address (for the office alone)"),
    PRIVATE: N_("Remarks (for the office alone)"),
    AMOUNT: N_("Value in yuan"),
    SLOTS: N_("Places"),
    OPENLY: N_("On the public wall (yes or no)"),
}
_KINDS: Mapping[str, tuple[str, ...]] = {
    "item": ("物品", "实物", "物资", "微实物", "用品", "生活用品", "item"),
    "service": ("服务", "家政", "微服务", "维修", "帮办", "代办", "出行", "service"),
    "skill": ("技能", "学习", "辅导", "教学", "课业", "培训", "skill"),
    "company": ("陪伴", "关爱", "慰藉", "聊天", "情感", "精神", "陪护", "company"),
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}


NOTHING = Asking("", "")


@dataclass(frozen=True)
class Layout:
    """Where the titles are (0-based row, -1 for none) and which column (0-based) each key stands for.

    ``usual`` is the kind of wishes that say none.
    """

    header: int
    columns: Mapping[str, int]
    usual: str = "item"

    @property
    def usable(self) -> bool:
        """Whether it is enough to go on with: a name, and what is wished."""
        return NAME in self.columns and (TITLE in self.columns or WORDS in self.columns)

    def as_json(self) -> str:
        """A text for the sheet to keep."""
        return json.dumps({"header": self.header, "columns": dict(self.columns), "usual": self.usual})

    @classmethod
    def from_json(cls, text: str) -> Layout:
        """The layout that ``as_json`` described."""
        raw = json.loads(text)
        return cls(
            int(raw["header"]), {key: int(raw["columns"][key]) for key in raw["columns"]}, raw["usual"]
        )


@dataclass(frozen=True)
class Row:
    """A row as read; ``fault`` says what could not be understood, ``index`` is its place among the sheet's rows."""

    number: int
    index: int
    name: str = ""
    phone: str = ""
    id_number: str = ""
    place: str = ""
    asked: Asking = NOTHING
    title: str = ""
    fault: Problem | None = None


def kept_cells(workbook: Any) -> list[list[object]]:
    """The cells of a sheet as they are kept; raises Problem empty_list or too_many_rows."""
    rows = [[_kept(value) for value in row[:MOST_COLUMNS]] for row in workbook.rows]
    while rows and all(value in ("", None) for value in rows[-1]):
        rows.pop()
    if not rows:
        raise Problem("empty_list", N_("The sheet is empty."))
    if len(rows) > MOST_ROWS + SPARE_ROWS:
        raise _too_many()
    return rows


def _kept(value: Any) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return parse_text(value)[:LONGEST_CELL]


def locate(cells: Sequence[Sequence[object]], usual: str) -> Layout:
    """Where the table is by the words of its titles; nothing known where no row looks like its titles."""
    rows: Any = cells
    found = find_header(rows, COLUMNS)
    if found is None:
        return Layout(-1, {}, usual)
    return Layout(found.row_index, dict(found.mapping), usual)


def check_table(cells: Sequence[Sequence[object]], layout: Layout) -> None:
    """Refuse a sheet that cannot be taken in whatever is said of its columns.

    Raises Problem columns_needed, empty_list or too_many_rows.
    """
    rows: Any = cells
    if layout.usable:
        count = sum(1 for _ in data_rows(rows, _header(cells, layout)))
        if not count:
            raise _no_wish()
    else:
        filled = {place for row in rows for place, value in enumerate(row) if not is_blank(value)}
        if len(filled) < 2:
            raise Problem(
                "columns_needed",
                N_("The sheet needs a column of names and one of wishes: there is one column alone."),
            )
        # Names and wishes stand beside each other; one line of them may be the titles.
        count = sum(sum(not is_blank(value) for value in row) > 1 for row in rows) - 1
    if count > MOST_ROWS:
        raise _too_many()


def _no_wish() -> Problem:
    return Problem("empty_list", N_("There is no wish below the titles."))


def _too_many() -> Problem:
    return Problem("too_many_rows", N_("At most %(max)s wishes at a time."), max=MOST_ROWS)


def said(header: int, chosen: Mapping[int, str], usual: str, cells: Sequence[Sequence[object]]) -> Layout:
    """The layout that somebody says: the row of the titles and the key of each column, "" for unused ones."""
    columns: dict[str, int] = {}
    for index, key in sorted(chosen.items()):
        if key in KEYS and key not in columns and 0 <= index < MOST_COLUMNS:
            columns[key] = index
    return Layout(
        header if 0 <= header < len(cells) else -1, columns, usual if usual in CATEGORIES else "item"
    )


def read(cells: Sequence[Sequence[object]], layout: Layout, today: date, max_amount: int) -> list[Row]:
    """The rows of the table; raises Problem columns_needed, empty_list or too_many_rows."""
    if not layout.usable:
        raise Problem("columns_needed", N_("Say which column holds the names, and which one the wishes."))
    rows: Any = cells
    found = [
        _read_row(number, number - 1, row, layout, today, max_amount)
        for number, row in data_rows(rows, _header(cells, layout))
    ]
    if not found:
        raise _no_wish()
    if len(found) > MOST_ROWS:
        raise _too_many()
    return found


def _header(cells: Sequence[Sequence[object]], layout: Layout) -> HeaderMatch:
    titles = cells[layout.header] if 0 <= layout.header < len(cells) else []
    named = {key: str(titles[index] if index < len(titles) else "") for key, index in layout.columns.items()}
    return HeaderMatch(
        layout.header, dict(layout.columns), named, (), (), (layout.header,) if layout.header >= 0 else ()
    )


def _read_row(number: int, index: int, row: Any, layout: Layout, today: date, max_amount: int) -> Row:
    def at(key: str) -> Any:
        value = cell(row, layout.columns.get(key))
        return None if is_blank(value) else value

    name = phone = id_number = title = ""
    asked = NOTHING
    try:
        if at(NAME) is None:
            raise Problem("name_missing", N_("The name is missing in this row."), field=NAME)
        name = parse_name(at(NAME))
        phone = parse_phone(at(PHONE)) if at(PHONE) is not None else ""
        id_number = parse_id_number(at(ID_NUMBER), today=today).number if at(ID_NUMBER) is not None else ""
        asked = _asked(at, layout.usual)
        title = check(asked, max_amount).title
    except Problem as problem:
        shown = name or normalise_text(at(NAME) or "")[:50]
        return Row(
            number, index, shown, phone, id_number, "", asked, asked.title or asked.words[:30], problem
        )
    place = normalise_text(at(PLACE) or "")
    return Row(number, index, name, phone, id_number, place, asked, title)


def _asked(at: Any, usual: str) -> Asking:
    words, title = parse_text(at(WORDS) or ""), parse_text(at(TITLE) or "")
    if len(title) > 60:
        # What stands under "wish" is often a whole sentence: then it is the details, and the title its beginning.
        words, title = f"{title}\n{words}".strip(), ""
    openly = at(OPENLY)
    amount = at(AMOUNT)
    return Asking(
        category=_kind(at(KIND), usual),
        words=words,
        title=title,
        private="\n".join(text for key in (ADDRESS, PRIVATE) if (text := parse_text(at(key) or ""))),
        amount=_plain_number(amount),
        slots=_plain_number(at(SLOTS)) or 1,
        hidden=openly is not None and not parse_bool(openly),
    )


def _plain_number(value: Any) -> Any:
    """A whole number that a sheet holds as 2.0 is 2."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _kind(value: Any, usual: str) -> str:
    if value is None:
        return usual
    text = normalise_text(value).casefold().removesuffix("类")
    found = _KIND_OF.get(text) or next((kind for word, kind in _KIND_OF.items() if word in text), None)
    if found is None:
        raise Problem(
            "category_unknown",
            N_("“%(value)s” is no kind of wish. Write 物品, 服务, 技能 or 陪伴."),
            field="category",
            value=text[:20],
        )
    return found
