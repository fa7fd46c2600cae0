"""Finding the header of a table that people made for people: titles above it, totals and signatures below.

Callers bring the titles that they know as ``ColumnSpec``; nothing here knows what a column means.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pointsys.kit.identity import normalise_text
from pointsys.kit.spreadsheet.limits import CellValue, Row

# What is longer is no title; looking for brackets in it takes time that grows with its square.
_LONGEST_TITLE = 200
_BRACKETS = re.compile(r"[(\[{【〔<《][^)\]}】〕>》]*[)\]}】〕>》]")
_NOISE = re.compile(r"[\s*:：,，、。.·\-_/\\|()\[\]{}【】〔〕<>《》\"'“”]+")
_TOTAL = re.compile(
    r"(本页|本月|本季|本年|本表|全部|累计)?(合计|总计|小计|共计|总合计|总数|累计)([:(].*|\d.*)?"
)
_SIGNATURE = re.compile(
    r"(填报|填表|制表|审核|审批|复核|负责|经办|联系|统计|记录|单位|盖章|社区|日期|备注|说明|注|导出|Export)[^:]{0,8}:.*"
)
_MINUTES = re.compile(r"分钟|\bmin", re.IGNORECASE)
_HOURS = re.compile(r"小时|时长|工时|\bhour", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column that the caller can use, and the titles it goes by, in any spelling."""

    key: str
    titles: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class HeaderMatch:
    """Where the header is and what its columns are; all indexes are 0-based.

    ``row_index`` is the last header row, the data follow it. ``mapping`` gives the column of each key found,
    ``titles`` its title as written, ``unmapped`` the titled columns that nobody claimed, ``missing`` the
    required keys without a column.
    """

    row_index: int
    mapping: Mapping[str, int]
    titles: Mapping[str, str]
    unmapped: tuple[tuple[int, str], ...]
    missing: tuple[str, ...]
    header_rows: tuple[int, ...]


def normalise_title(title: object) -> str:
    """Return a title for comparison: without blanks, stars, colons and brackets, whose content stays."""
    return _NOISE.sub("", normalise_text(title)).casefold()


def title_unit(title: str) -> Literal["minute", "hour"] | None:
    """Return the unit of time that a title such as 时长(分钟) names, if any."""
    text = normalise_text(title)
    if _MINUTES.search(text):
        return "minute"
    return "hour" if _HOURS.search(text) else None


def cell(row: Row, index: int | None) -> CellValue:
    """Return the cell at 0-based ``index``, None beyond the row's end or without a column."""
    return row[index] if index is not None and 0 <= index < len(row) else None


def is_blank_row(row: Row) -> bool:
    """Whether nothing but blanks is in the row."""
    return all(value is None or (isinstance(value, str) and not normalise_text(value)) for value in row)


def is_total_row(row: Row) -> bool:
    """Whether the row sums up others: one of its first two filled cells says 合计, 总计, 小计 or the like."""
    return any(_TOTAL.fullmatch(text.replace(" ", "")) for text in _first_texts(row, 2))


def is_signature_row(row: Row) -> bool:
    """Whether the row is a line like 填表人：… 审核人：… or 备注：…, or what an export says of itself, and not data."""
    return any(_SIGNATURE.fullmatch(text.replace(" ", "")) for text in _first_texts(row, 1))


def _first_texts(row: Row, count: int) -> Iterator[str]:
    for value in row:
        text = normalise_text(value) if isinstance(value, str) else ""
        if text:
            yield text
        if text or (value is not None and not isinstance(value, str)):
            count -= 1
        if count == 0:
            return


def find_header(
    rows: Sequence[Row],
    columns: Sequence[ColumnSpec],
    *,
    remembered: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    depth: int = 30,
) -> HeaderMatch | None:
    """Return the header among the first ``depth`` rows: the row, or pair of rows, that names most columns.

    ``remembered`` maps normalised titles to the keys that the user chose for them before, "" for a title to
    leave alone; it wins over the titles of ``columns``. ``ignore`` lists titles to pass over in silence.
    A row counts when two of its titles are known, or its only one is. None: the user has to map by hand.
    """
    known = _known_titles(columns, remembered or {})
    skipped = {normalise_title(title) for title in ignore}
    best: HeaderMatch | None = None
    for index in range(min(depth, len(rows))):
        single = _match(rows, (index,), _titles(rows[index]), columns, known, skipped)
        candidates = [single]
        if index + 1 < len(rows) and _may_be_second_header_row(rows[index], rows[index + 1]):
            titles = _joined_titles(rows[index], rows[index + 1], known)
            candidates.append(_match(rows, (index, index + 1), titles, columns, known, skipped))
        for match in candidates:
            enough = len(match.mapping) >= 2 or (match.mapping and not match.unmapped)
            if enough and (best is None or len(match.mapping) > len(best.mapping)):
                best = match
    return best


def header_at(
    rows: Sequence[Row],
    row_index: int,
    columns: Sequence[ColumnSpec],
    *,
    remembered: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
) -> HeaderMatch:
    """Return the match of one row that the user has pointed at, however few titles are known."""
    known = _known_titles(columns, remembered or {})
    skipped = {normalise_title(title) for title in ignore}
    return _match(rows, (row_index,), _titles(rows[row_index]), columns, known, skipped)


def data_rows(rows: Sequence[Row], header: HeaderMatch) -> Iterator[tuple[int, Row]]:
    """Yield (row number, row) below the header, without blank, total, repeated header and signature rows."""
    heading = {index: normalise_title(title) for index, title in _all_titles(header)}
    titles = set(heading.values())
    # Sheets of 100,000 rows repeat their cells: whether a text could be special is found out once for each.
    special: dict[str, bool] = {}
    for index in range(header.row_index + 1, len(rows)):
        row = rows[index]
        ordinary = True
        for value in row:
            if value.__class__ is not str:
                continue
            known = special.get(value)
            if known is None:
                known = special[value] = _may_be_special(value, titles)
            if known:
                ordinary = False
                break
        if ordinary and any(value not in ("", None) for value in row):
            yield index + 1, row
            continue
        if is_blank_row(row) or is_total_row(row) or is_signature_row(row):
            continue
        same = sum(normalise_title(cell(row, column)) == title for column, title in heading.items())
        if same >= 2 or same == len(heading) == 1:
            continue
        yield index + 1, row


def _may_be_special(text: str, titles: Collection[str]) -> bool:
    """Whether a row with this cell needs a closer look: a total, a signature, a repeated title, or mere blanks."""
    plain = normalise_text(text).replace(" ", "")
    if not plain:
        return bool(text)
    return bool(_TOTAL.fullmatch(plain) or _SIGNATURE.fullmatch(plain) or normalise_title(text) in titles)


def _all_titles(header: HeaderMatch) -> list[tuple[int, str]]:
    return [(header.mapping[key], title) for key, title in header.titles.items()] + list(header.unmapped)


def _known_titles(columns: Sequence[ColumnSpec], remembered: Mapping[str, str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for spec in columns:
        for title in spec.titles:
            known.setdefault(normalise_title(title), spec.key)
    return {**known, **remembered}


def _key_of(title: str, known: Mapping[str, str]) -> str | None:
    """The key of a title as a whole, or without what it has in brackets: 时长(小时) is 时长."""
    whole = normalise_title(title)
    if whole in known:
        return known[whole]
    if len(title) > _LONGEST_TITLE:
        return None
    return known.get(normalise_title(_BRACKETS.sub("", normalise_text(title))))


def _titles(row: Row) -> list[str]:
    return [normalise_text(value) if isinstance(value, str) else "" for value in row]


def _may_be_second_header_row(upper: Row, lower: Row) -> bool:
    """Whether ``lower`` looks like titles under merged cells: all short texts, some where above is nothing."""
    below = [(index, value) for index, value in enumerate(lower) if value not in ("", None)]
    if len(below) < 2 or any(not isinstance(value, str) for _, value in below):
        return False
    texts = [normalise_text(value) for _, value in below]
    if any(len(text) > 12 or any(character.isdigit() for character in text) for text in texts):
        return False
    return any(cell(upper, index) in ("", None) for index, _ in below)


def _joined_titles(upper: Row, lower: Row, known: Mapping[str, str]) -> list[str]:
    """One title a column from two rows; a merged cell above stands for all columns under it."""
    above = _titles(upper)
    below = _titles(lower)
    joined: list[str] = []
    heading = ""
    for index in range(max(len(above), len(below))):
        top = above[index] if index < len(above) else ""
        bottom = below[index] if index < len(below) else ""
        heading = top or (heading if bottom else "")
        both = f"{heading}{bottom}" if bottom else top
        joined.append(both if _key_of(both, known) or not bottom else bottom)
    return joined


def _match(
    rows: Sequence[Row],
    header_rows: tuple[int, ...],
    titles: Sequence[str],
    columns: Sequence[ColumnSpec],
    known: Mapping[str, str],
    skipped: Collection[str],
) -> HeaderMatch:
    mapping: dict[str, int] = {}
    written: dict[str, str] = {}
    unmapped: list[tuple[int, str]] = []
    for index, title in enumerate(titles):
        if not title or normalise_title(title) in skipped:
            continue
        key = _key_of(title, known)
        if key == "":
            continue
        if key is None or key in mapping:
            unmapped.append((index, title))
        else:
            mapping[key], written[key] = index, title
    missing = tuple(spec.key for spec in columns if spec.required and spec.key not in mapping)
    return HeaderMatch(header_rows[-1], mapping, written, tuple(unmapped), missing, header_rows)
