"""What the operations on sheets of collected wishes take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from ..models import CATEGORIES
from .judging import OUTCOMES
from .models import SHEET_STATES
from .reading import KEYS, LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, SPARE_ROWS
from .sheets import MOST_NOTE


class WishSheetCountsOut(RestSchema):
    """How many rows come to what: as things stand now, or as it was when the sheet was taken in."""

    new = fields.Integer(required=True, metadata={"description": "become wishes"})
    new_person = fields.Integer(
        required=True, metadata={"description": "the same; the person is put on record"}
    )
    present = fields.Integer(required=True, metadata={"description": "were taken in before"})
    has_one = fields.Integer(required=True, metadata={"description": "the household has an open wish"})
    unclear = fields.Integer(required=True, metadata={"description": "at fault"})


class WishSheetOut(RestSchema):
    """A sheet of collected wishes; its cells are kept for a week at most."""

    id = fields.String(required=True, attribute="public_id")
    file_name = fields.String(required=True)
    campaign = fields.String(required=True, allow_none=True, metadata={"description": "id of its round"})
    state = fields.String(required=True)
    rows = fields.Integer(required=True, metadata={"description": "how many lines it has, titles included"})
    consent_on = rest_fields.Day(required=True)
    consent_note = fields.String(required=True)
    created_at = rest_fields.Instant(required=True)
    closed_at = rest_fields.Instant(required=True, allow_none=True)


class WishSheetRowOut(RestSchema):
    """What a row would become as things stand now."""

    row = fields.Integer(required=True, metadata={"description": "its number in the sheet, from 1"})
    name = fields.String(required=True)
    title = fields.String(required=True)
    category = fields.String(required=True)
    outcome = rest_fields.one_of(tuple(OUTCOMES), required=True)


class WishSheetFaultOut(RestSchema):
    """Why nothing becomes of a row, or became of it when the sheet was taken in."""

    row = fields.Integer(required=True)
    name = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)


class WishSheetShown(WishSheetOut):
    """A sheet looked over row by row: ``preview`` while it is open, ``faults`` until its cells are gone."""

    columns = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "place of each column that is known, from 0"},
    )
    counts = fields.Nested(WishSheetCountsOut, required=True)
    preview = fields.List(fields.Nested(WishSheetRowOut), required=True)
    faults = fields.List(fields.Nested(WishSheetFaultOut), required=True)


WishSheetsPage = rest_fields.page_of(WishSheetOut)


class WishSheetsArgs(rest_fields.PageArgs):
    """Which of them."""

    state = rest_fields.one_of(("", *SHEET_STATES), load_default="")
    campaign = rest_fields.text(40, load_default="", metadata={"description": "id of a round"})


class WishSheetIn(RestSchema):
    """A sheet of collected wishes: its lines with their titles, cells as texts, and how those on it agreed."""

    rows = fields.List(
        fields.List(rest_fields.text(LONGEST_CELL), validate=rest_fields.count(1, MOST_COLUMNS)),
        required=True,
        validate=rest_fields.count(1, MOST_ROWS + SPARE_ROWS),
        metadata={"description": "titles such as 姓名, 手机号码, 网格, 微心愿 say which column is which"},
    )
    consent_on = rest_fields.Day(required=True, metadata={"description": "day on which they agreed"})
    consent_note = rest_fields.text(MOST_NOTE, required=True)
    file_name = rest_fields.text(200, load_default="rows.json")
    campaign = rest_fields.text(40, load_default="", metadata={"description": "id of a running round"})
    category = rest_fields.one_of(CATEGORIES, load_default=CATEGORIES[0])


class WishSheetColumnsIn(RestSchema):
    """Which column is which, where the titles did not say."""

    columns = fields.List(
        rest_fields.one_of(("", *KEYS)),
        required=True,
        validate=rest_fields.count(1, MOST_COLUMNS),
        metadata={"description": 'a key for each column from the left, "" for unused ones'},
    )
    header = rest_fields.number(
        0, MOST_ROWS + SPARE_ROWS, load_default=1, metadata={"description": "row of the titles, 0 for none"}
    )
    category = rest_fields.one_of(CATEGORIES, load_default=CATEGORIES[0])


class WishSheetNothingIn(RestSchema):
    """The act says everything."""


class WishSheetUndoIn(RestSchema):
    """Why a sheet is taken back."""

    reason = rest_fields.text(MOST_NOTE, required=True)


class WishSheetUndoneOut(RestSchema):
    """What was taken back."""

    wishes = fields.Integer(required=True)
    kept = fields.Integer(required=True, metadata={"description": "wishes in hand or over, which stay"})
    people = fields.Integer(required=True, metadata={"description": "people taken off the roster"})
