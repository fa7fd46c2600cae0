"""A sheet of estates, buildings, dwellings and contracts as rows that say what they mean, or what is wrong with them.

Knows no database. A row names an estate; with a building and a number it is a dwelling. What a row leaves empty of
estate and building is taken from the row above, as merged cells leave it.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from pointsys.plugin import (
    N_,
    ColumnSpec,
    HeaderMatch,
    Problem,
    cell,
    clean_text,
    column_letter,
    data_rows,
    find_header,
    is_blank,
    normalise_name,
    normalise_text,
    parse_bool,
    parse_date,
)

from .contracts import LONGEST_DOCUMENT, check_days
from .estates import KINDS, LONGEST_BUILDING, LONGEST_ESTATE, LONGEST_NUMBER, LONGEST_PLACE, MOST_HOUSEHOLDS
from .managers import LONGEST_NAME
from .uscc import parse_uscc

MOST_ROWS = 20_000

COLUMNS = (
    ColumnSpec("area", ("社区", "所属社区", "社区名称", "community")),
    ColumnSpec("estate", ("小区", "小区名称", "项目名称", "物业项目", "住宅小区", "estate"), required=True),
    ColumnSpec("kind", ("小区类型", "项目类型", "类型", "kind")),
    ColumnSpec("place", ("地址", "小区地址", "项目地址", "坐落", "address")),
    ColumnSpec("households", ("户数", "总户数", "小区户数", "households")),
    ColumnSpec("building", ("楼栋", "楼号", "幢号", "栋号", "楼幢", "building")),
    ColumnSpec("unit", ("单元", "单元号", "unit")),
    ColumnSpec("number", ("房号", "房间号", "室号", "门牌号", "户号", "dwelling")),
    ColumnSpec("unsold", ("未售", "是否未售", "未售出", "unsold")),
    ColumnSpec("owners", ("业主姓名", "业主", "产权人", "产权人姓名", "房主", "所有权人", "owners")),
    ColumnSpec("company", ("物业公司", "物业企业", "物业服务企业", "物业服务人", "服务企业", "company")),
    ColumnSpec("uscc", ("统一社会信用代码", "信用代码", "社会信用代码", "USCC")),
    ColumnSpec("from_on", ("合同开始", "合同起始日期", "合同开始日期", "合同起", "contract from")),
    ColumnSpec("to_on", ("合同结束", "合同终止日期", "合同结束日期", "合同到期日", "合同止", "contract to")),
    ColumnSpec("document_no", ("合同编号", "合同号", "contract no.")),
    ColumnSpec("manager", ("项目经理", "物业经理", "项目负责人", "manager")),
    # Read only for whether the dwelling is sold.
    ColumnSpec("sale", ("销售状态", "房屋状态", "售出情况", "销售情况")),
    ColumnSpec("remark", ("备注", "说明", "remark")),
)
# Columns of which nothing but that is read.
ONLY_SALE = ("sale", "remark")
_UNSOLD = re.compile("未售|未出售|未销售|待售|unsold", re.IGNORECASE)
_CLAUSES = re.compile(r"[，,；;。、\n]+")
_BESIDE = re.compile("车位|车库|储藏|储物|地下室|商铺|门面")
_HOME = re.compile("房|宅|本户")
_SOLD = re.compile("已售|已出售|已销售|已入住|已交付")
# What stands between the names of several owners, and what is noted behind one.
_BETWEEN = re.compile(r"[、,，;；/|\n]+")
_ASIDE = re.compile(r"[（(][^（）()]*[）)]")
MOST_OWNERS = 10
_KIND_WORDS = {
    "商品房": "commercial", "商品住宅": "commercial", "村改居": "village", "村改社区": "village",
    "老旧小区": "old", "保障房": "public", "公租房": "public", "安置房": "public", "安置小区": "public",
    "其他": "other",
}  # fmt: skip

TOO_LONG = N_("“%(column)s” has more than %(most)s characters.")
BAD_COUNT = N_("“%(column)s” is not a whole number of households.")
BAD_KIND = N_("The kind “%(value)s” is not known: leave it empty, or take one of the template.")
NO_ESTATE = N_("Name the estate.")
NO_BUILDING = N_("Name the building of this dwelling.")
NO_CODE = N_("Give the company's unified social credit code: names alone are not told apart.")
NO_FROM = N_("Give the first day of the contract.")
NO_HOME = N_("An owner needs a dwelling: give its building and number.")
SALE_UNCLEAR = N_("One column says that this dwelling is sold, another one that it is not.")
OWNER_OF_UNSOLD = N_("An owner is named for a dwelling that is not sold: correct one of the two.")
TOO_MANY_OWNERS = N_("At most %(most)s owners of a dwelling can be named.")
NO_COMPANY = N_("Contract or manager without a company: give its unified social credit code.")


class HasRows(Protocol):
    """A sheet as read."""

    @property
    def rows(self) -> Sequence[Any]:
        """The cells, row by row."""


@dataclass(frozen=True)
class Row:
    """One row as read; ``fault`` is (message, parameters) where it could not be understood. Days are ISO texts.

    ``unsold`` is None where the sheet says nothing of it; ``owners`` are names, the one who votes first.
    """

    number: int
    area: str = ""
    estate: str = ""
    kind: str = ""
    place: str = ""
    households: int | None = None
    building: str = ""
    dwelling: str = ""
    unsold: bool | None = None
    owners: tuple[str, ...] = ()
    company: str = ""
    uscc: str = ""
    from_on: str = ""
    to_on: str = ""
    document_no: str = ""
    manager: str = ""
    fault: tuple[str, Mapping[str, Any]] | None = field(default=None)


@dataclass(frozen=True)
class Sheet:
    """A sheet as read: its rows, the titles of columns that were read and of those that were not, and the numbers of
    rows that were passed over as totals, signatures or repeated titles."""

    rows: Sequence[Row]
    read: Sequence[str]
    unread: Sequence[str]
    passed: Sequence[int]


def read_sheet(workbook: HasRows) -> Sheet:
    """What a sheet says; raises Problem no_header, empty_list or too_many_rows."""
    header = find_header(workbook.rows, COLUMNS)
    if header is None or "estate" not in header.mapping:
        raise Problem(
            "no_header",
            N_("No row with column titles was found. Write titles such as 小区 above the columns."),
        )
    rows: list[Row] = []
    above = Row(0)
    for number, cells in data_rows(workbook.rows, header):
        found = read_row(number, {key: cell(cells, index) for key, index in header.mapping.items()}, above)
        rows.append(found)
        if len(rows) > MOST_ROWS:
            raise Problem(
                "too_many_rows",
                N_("The sheet has more than %(limit)s rows. Split it into several files."),
                limit=MOST_ROWS,
            )
        above = found
    if not rows:
        raise Problem("empty_list", N_("There is no row below the titles."))
    below = range(header.row_index + 1, len(workbook.rows))
    taken = {row.number for row in rows}
    passed = [n + 1 for n in below if n + 1 not in taken and not all(map(is_blank, workbook.rows[n]))]
    return Sheet(rows, [header.titles[key] for key in header.mapping], _unread(workbook, header), passed)


def _unread(workbook: HasRows, header: HeaderMatch) -> list[str]:
    """Titles of the columns that nobody reads, and the letters of columns without a title in which something stands."""
    titled = {*header.mapping.values(), *(index for index, _title in header.unmapped)}
    filled = {
        index
        for row in workbook.rows[header.row_index + 1 :]
        for index, value in enumerate(row)
        if index not in titled and not is_blank(value)
    }
    return [
        *(title for _index, title in header.unmapped),
        *(column_letter(index) for index in sorted(filled)),
    ]


def read_row(number: int, cells: Mapping[str, Any], above: Row | None = None) -> Row:
    """A row from its cells by the name of the column."""
    given = {key: raw for key, raw in cells.items() if not is_blank(raw)}
    above = above or Row(0)
    row = Row(number)
    try:
        row = _read(row, given)
        if not row.estate:
            row = replace(row, estate=above.estate, area=row.area or above.area)
        elif not row.area and row.estate == above.estate:
            row = replace(row, area=above.area)
        if "number" in given:
            row = replace(
                row,
                dwelling=_dwelling(given.get("unit"), given["number"]),
                building=row.building or (above.building if row.estate == above.estate else ""),
            )
        row = replace(row, unsold=_sale(row.unsold, given), owners=_owners(given.get("owners")))
        _check(row)
    except Problem as problem:
        row = row if row.estate or row.dwelling else _named(row, given, above)
        return replace(row, fault=(problem.message, problem.params))
    return row


def _read(row: Row, given: Mapping[str, Any]) -> Row:
    return replace(row, **{key: _READERS[key](raw) for key, raw in given.items() if key in _READERS})


def _named(row: Row, given: Mapping[str, Any], above: Row) -> Row:
    """A row that could not be read with what tells its reader, and the rows below it, which estate and door it is."""
    for key in ("area", "estate", "building"):
        try:
            row = _read(row, {key: given[key]} if key in given else {})
        except Problem:
            continue
    if not row.estate:
        row = replace(row, estate=above.estate, area=row.area or above.area)
    elif not row.area and row.estate == above.estate:
        row = replace(row, area=above.area)
    if "number" not in given:
        return row
    building = row.building or (above.building if row.estate == above.estate else "")
    try:
        return replace(row, dwelling=_dwelling(given.get("unit"), given["number"]), building=building)
    except Problem:
        return row


def _check(row: Row) -> None:
    if not row.estate:
        raise Problem("no_estate", NO_ESTATE)
    if row.dwelling and not row.building:
        raise Problem("no_building", NO_BUILDING)
    if row.owners and not row.dwelling:
        raise Problem("no_home", NO_HOME)
    if row.owners and row.unsold:
        raise Problem("owner_of_unsold", OWNER_OF_UNSOLD)
    if row.company and not row.uscc:
        raise Problem("no_code", NO_CODE)
    if row.uscc and not row.from_on:
        raise Problem("no_from", NO_FROM)
    if (row.from_on or row.to_on or row.manager) and not row.uscc:
        raise Problem("no_company", NO_COMPANY)
    if row.from_on:
        check_days(date.fromisoformat(row.from_on), date.fromisoformat(row.to_on) if row.to_on else None)


def _sale(unsold: bool | None, given: Mapping[str, Any]) -> bool | None:
    """Whether a dwelling is unsold, from its own column and from what staff write elsewhere; None where nothing is."""
    words = [clean_text(given[key]) for key in (*ONLY_SALE, "owners") if key in given]
    clauses = [clause for text in words for clause in _CLAUSES.split(text) if not _is_beside(clause)]
    said = {True} if any(_UNSOLD.search(clause) for clause in clauses) else set()
    if not said and "sale" in given and _SOLD.search(clean_text(given["sale"])):
        said = {False}
    if unsold is not None:
        said.add(unsold)
    if len(said) > 1:
        raise Problem("sale_unclear", SALE_UNCLEAR)
    return said.pop() if said else None


def _is_beside(clause: str) -> bool:
    """Whether a few words are about what belongs to a dwelling and not about the dwelling: 车位未售, say."""
    return bool(_BESIDE.search(clause)) and not _HOME.search(clause)


def _owners(raw: Any) -> tuple[str, ...]:
    """Names of owners, each once; what says that there is none is no name."""
    if raw is None or is_blank(raw):
        return ()
    parts = (normalise_name(_ASIDE.sub("", part)) for part in _BETWEEN.split(str(raw)))
    names = dict.fromkeys(name for name in parts if name and not _UNSOLD.search(name))
    if len(names) > MOST_OWNERS:
        raise Problem("too_many_owners", TOO_MANY_OWNERS, most=MOST_OWNERS)
    return tuple(_short(name, "业主姓名", LONGEST_NAME) for name in names)


def _dwelling(unit: Any, raw: object) -> str:
    number = normalise_text(raw).replace(" ", "")
    if not is_blank(unit):
        number = f"{normalise_text(unit).replace(' ', '').removesuffix('单元')}-{number}"
    return _short(number, "房号", LONGEST_NUMBER)


def _short(text: str, column: str, most: int) -> str:
    if len(text) > most:
        raise Problem("too_long", TOO_LONG, column=column, most=most)
    return text


def _text(column: str, most: int) -> Callable[[Any], str]:
    return lambda raw: _short(clean_text(raw), column, most)


def _key(column: str, most: int) -> Callable[[Any], str]:
    return lambda raw: _short(normalise_text(raw), column, most)


def _kind(raw: Any) -> str:
    word = normalise_text(raw)
    found = _KIND_WORDS.get(word, word)
    if found not in KINDS:
        raise Problem("bad_kind", BAD_KIND, value=word[:30])
    return found


def _count(raw: Any) -> int:
    text = normalise_text(raw).removesuffix("户")
    if not (text.isascii() and text.isdigit()) or int(text) > MOST_HOUSEHOLDS:
        raise Problem("bad_households", BAD_COUNT, column="户数")
    return int(text)


_READERS: dict[str, Callable[[Any], Any]] = {
    "area": _key("社区", 100),
    "estate": _text("小区", LONGEST_ESTATE),
    "kind": _kind,
    "place": _text("地址", LONGEST_PLACE),
    "households": _count,
    "building": _key("楼栋", LONGEST_BUILDING),
    "unsold": parse_bool,
    "company": _text("物业公司", 100),
    "uscc": parse_uscc,
    "from_on": lambda raw: parse_date(raw).isoformat(),
    "to_on": lambda raw: parse_date(raw).isoformat(),
    "document_no": _text("合同编号", LONGEST_DOCUMENT),
    "manager": _text("项目经理", LONGEST_NAME),
}


def pack(rows: Sequence[Row]) -> bytes:
    """Rows as they are kept until the sheet is applied."""
    usual = vars(Row(0))
    bare = [
        {key: value for key, value in vars(row).items() if value != usual[key] or key == "number"}
        for row in rows
    ]
    return zlib.compress(json.dumps(bare, ensure_ascii=False).encode(), 6)


def unpack(data: bytes) -> list[Row]:
    """What ``pack`` kept."""
    if not data:
        return []
    found = []
    for one in json.loads(zlib.decompress(data)):
        fault = one.pop("fault", None)
        owners = tuple(one.pop("owners", ()))
        found.append(Row(**one, owners=owners, fault=(fault[0], fault[1]) if fault else None))
    return found
