"""Values that operations take and give: what is refused is told in our own sentences, and nothing unknown passes.

Decimals travel as text ("1.50"), because a JSON number is a float to most readers; instants carry their offset.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, post_dump, validate

from pointsys.access import may
from pointsys.core.site import current_site
from pointsys.kit.problems import N_
from pointsys.rest.errors import Said

MAX_SIZE = 200
MAX_PAGE = 100_000
MAX_QUERY = 200
_YEARS = range(1900, 2200)
_DECIMAL = r"^\d{1,6}(\.\d{1,2})?$"

NEEDED = N_("Fill this in.")
WRONG = N_("This is not what belongs here; the description of the interface says what does.")
UNKNOWN = N_("This is not known here.")
CHOICES = N_("Choose one of: %(choices)s.")
TOO_LONG = N_("At most %(max)s characters.")
TOO_SHORT = N_("At least %(min)s characters.")
OUTSIDE = N_("Give a whole number from %(min)s to %(max)s.")
COUNT = N_("Give %(min)s to %(max)s of these at a time.")
UNREADABLE = N_("This holds characters that cannot be kept.")
NO_DATE = N_("Write a date as 2026-03-07.")
NO_INSTANT = N_("Write a time with its offset, as 2026-03-07T09:00:00+08:00.")
NO_DECIMAL = N_('Write a number as text with at most two decimals, as "1.50".')
_MESSAGES = {"required": NEEDED, "null": NEEDED, "unknown": UNKNOWN}


class RestSchema(Schema):
    """The base of every schema; ``needs`` names the fields that take a permission in the area to be seen."""

    class Meta:
        """Nothing unknown passes, and fields keep their order."""

        unknown = RAISE

    needs: ClassVar[Mapping[str, str]] = {}
    error_messages: dict[str, str] = {"unknown": UNKNOWN, "type": WRONG}  # noqa: RUF012 - marshmallow reads it

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Give the field our sentences instead of the library's."""
        own = getattr(field_obj, "sentence", WRONG)
        field_obj.error_messages = {key: _MESSAGES.get(key, own) for key in field_obj.error_messages}

    @post_dump
    def _leave_out(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        hidden = {name for name, permission in self.needs.items() if not may(permission)}
        return {name: value for name, value in data.items() if name not in hidden}


class Text(fields.String):
    """A text that every database can keep."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if any(unicodedata.category(c) == "Cs" or c == "\0" for c in text):
            raise ValidationError(UNREADABLE)
        return text


class Day(fields.Date):
    """A local date."""

    sentence = NO_DATE


class Instant(fields.AwareDateTime):
    """A point in time with its offset; shown on the site's clock."""

    sentence = NO_INSTANT

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        found: datetime = super()._deserialize(value, attr, data, **kwargs)
        if found.year not in _YEARS:
            raise ValidationError(NO_INSTANT)
        return found

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else current_site().local(value).isoformat()


class Hundredths(fields.String):
    """A number with at most two decimals, written as text; given on as hundredths."""

    sentence = NO_DECIMAL

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=[validate.Regexp(_DECIMAL, error=NO_DECIMAL)], **kwargs)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Text to hundredths; the pattern has been asked by then."""
        text = super().deserialize(value, *args, **kwargs)
        if not isinstance(text, str):
            return text
        whole, _dot, part = text.partition(".")
        return int(whole) * 100 + int(part.ljust(2, "0"))


def hundredths(value: int) -> str:
    """A number of hundredths with two decimals."""
    sign, value = ("-", -value) if value < 0 else ("", value)
    return f"{sign}{value // 100}.{value % 100:02d}"


class _Length(validate.Length):
    def _format_error(self, value: Any, message: str) -> str:
        if self.max is not None and len(value) > self.max:
            return Said(TOO_LONG, max=self.max)
        return Said(TOO_SHORT, min=self.min)


class _Count(validate.Length):
    def _format_error(self, value: Any, message: str) -> str:
        return Said(COUNT, min=self.min, max=self.max)


class _Range(validate.Range):
    def _format_error(self, value: Any, message: str) -> str:
        return Said(OUTSIDE, min=self.min, max=self.max)


class _OneOf(validate.OneOf):
    def _format_error(self, value: Any) -> str:
        return Said(CHOICES, choices=", ".join(str(choice) for choice in self.choices))


def text(longest: int, *, least: int = 0, **kwargs: Any) -> Text:
    """A text of at most ``longest`` characters."""
    return Text(validate=_Length(min=least or None, max=longest), **kwargs)


def count(least: int, most: int) -> validate.Length:
    """A list of so many values."""
    return _Count(min=least, max=most)


def number(least: int, most: int, **kwargs: Any) -> fields.Integer:
    """A whole number in a range, both ends included."""
    return fields.Integer(strict=True, validate=_Range(min=least, max=most), **kwargs)


def one_of(choices: Collection[str], **kwargs: Any) -> fields.String:
    """One of some words."""
    return fields.String(validate=_OneOf(list(choices)), **kwargs)


def flag(**kwargs: Any) -> fields.Boolean:
    """True or false, and in an address nothing but these words."""
    return fields.Boolean(truthy={"true", True}, falsy={"false", False}, **kwargs)


def public_id(**kwargs: Any) -> Text:
    """An outside id."""
    return text(40, least=1, **kwargs)


class NoArgs(RestSchema):
    """An operation that takes nothing in its address."""


class PageArgs(RestSchema):
    """Which page of a list."""

    page = fields.Integer(load_default=1, validate=_Range(min=1, max=MAX_PAGE))
    size = fields.Integer(load_default=50, validate=_Range(min=1, max=MAX_SIZE))


class SearchArgs(PageArgs):
    """Which page of a list that can be searched."""

    q = text(MAX_QUERY, load_default="")


_pages: dict[type[RestSchema], type[RestSchema]] = {}


def page_of(item: type[RestSchema], **more: fields.Field[Any]) -> type[RestSchema]:
    """The schema of a page of ``item``, with further fields of the whole list."""
    if item not in _pages:
        name = f"{re.sub('(Out|Schema)$', '', item.__name__)}Page"
        parts: dict[str, Any] = {
            "items": fields.List(fields.Nested(item), required=True),
            "page": fields.Integer(required=True),
            "size": fields.Integer(required=True),
            "total": fields.Integer(required=True),
            **more,
        }
        _pages[item] = type(name, (RestSchema,), {**parts, "__doc__": "One page of a list."})
    return _pages[item]


def paged(items: Collection[Any], total: int, args: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """One page of a list, for a schema made by ``page_of``."""
    return {"items": items, "total": total, "page": args["page"], "size": args["size"], **more}


def offset(args: Mapping[str, Any]) -> int:
    """How many rows come before the page asked for."""
    return int((args["page"] - 1) * args["size"])
