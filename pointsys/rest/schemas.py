"""What the core's operations take and give. A field that is not named here is never shown to anybody."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validates_schema

from pointsys.core.activity_log.drafts import (
    MAX_ORGANISER,
    MAX_PLACE,
    MAX_REASON,
    MAX_ROLE,
    MAX_TEXT,
    MAX_TITLE,
    MAX_UNIT,
)
from pointsys.core.activity_log.models import CONFIRMED, PENDING, REJECTED, VOIDED
from pointsys.core.activity_log.policy import REASONS
from pointsys.core.activity_log.queries import ACTIVITY_SORTS, ENTRY_SORTS
from pointsys.core.areas.codes import LEVELS
from pointsys.core.field_scope import needs
from pointsys.core.objections.models import OUTCOMES
from pointsys.core.people.records import MAX_NAME, MAX_NOTE, SEXES
from pointsys.core.people.search import SORTS
from pointsys.kit.problems import N_
from pointsys.rest.fields import (
    NEEDED,
    Day,
    Hundredths,
    Instant,
    PageArgs,
    RestSchema,
    SearchArgs,
    count,
    number,
    one_of,
    page_of,
    public_id,
    text,
)

MAX_DRAFTS = 500
MAX_CODE = 20
STATUSES = (PENDING, CONFIRMED, REJECTED, VOIDED)
BOTH = N_("Give either an activity, or its kind, title and date.")


# --- areas ---


class AreaOut(RestSchema):
    """An area of the tree."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    level = fields.String(required=True)
    parent = fields.String(required=True, allow_none=True, metadata={"description": "code of the area above"})
    closed_on = Day(required=True, allow_none=True)


class AreaArgs(SearchArgs):
    """Narrowing of a list of areas."""

    level = one_of(LEVELS, load_default="")
    sort = one_of(("code", "name"), load_default="code")


AreaPage = page_of(AreaOut)


# --- people ---


class PersonOut(RestSchema):
    """A person as lists show them; phone and ID number are masked always."""

    needs: ClassVar[dict[str, str]] = needs("birth_date", "id_number", "note")

    id = fields.String(required=True)
    name = fields.String(required=True)
    area = fields.String(required=True, metadata={"description": "code of the area"})
    sex = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, metadata={"description": "masked; empty if none is known"})
    left_on = Day(required=True, allow_none=True)
    birth_date = Day(allow_none=True, metadata={"description": "only with people.edit"})
    id_number = fields.String(
        metadata={"description": "masked, only with people.edit; empty if none is known"}
    )
    note = fields.String(metadata={"description": "only with people.edit"})


class PeopleArgs(SearchArgs):
    """Narrowing of a list of people."""

    area = text(MAX_CODE, load_default="")
    sex = one_of(SEXES, load_default="")
    left = one_of(("no", "yes", "any"), load_default="no")
    sort = one_of(tuple(SORTS), load_default="name")


class PersonNew(RestSchema):
    """A person to add."""

    name = text(MAX_NAME, least=1, required=True)
    area = text(
        MAX_CODE, load_default="", metadata={"description": "the area of the address, or one below it"}
    )
    sex = one_of(SEXES, load_default=None, allow_none=True)
    birth_date = Day(load_default=None, allow_none=True)
    phone = text(40, load_default=None, allow_none=True)
    id_number = text(40, load_default=None, allow_none=True)
    note = text(MAX_NOTE, load_default="")
    from_on = Day(
        load_default=None, allow_none=True, metadata={"description": "belongs there since this day, or ever"}
    )


class PersonChange(RestSchema):
    """What to correct; a field that is left out stays, null empties it."""

    name = text(MAX_NAME, least=1)
    sex = one_of(SEXES, allow_none=True)
    birth_date = Day(allow_none=True)
    phone = text(40, allow_none=True)
    id_number = text(40, allow_none=True)
    note = text(MAX_NOTE, allow_none=True)


PersonPage = page_of(PersonOut)


# --- activities ---


class KindOut(RestSchema):
    """A kind of activity."""

    code = fields.String(required=True)
    title = fields.String(required=True)
    service = fields.Boolean(required=True, metadata={"description": "whether it is voluntary service"})


class KindList(RestSchema):
    """The kinds that may be recorded in an area."""

    items = fields.List(fields.Nested(KindOut), required=True)


class ActivityOut(RestSchema):
    """Something that was organised; the planned window clips what is credited."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    date = Day(required=True)
    area = fields.String(required=True)
    starts_at = Instant(required=True, allow_none=True)
    ends_at = Instant(required=True, allow_none=True)
    break_minutes = fields.Integer(required=True)
    organiser = fields.String(required=True)
    place = fields.String(required=True)


class CountedActivity(ActivityOut):
    """The same with what became of its entries; minutes as attended, of live entries."""

    confirmed = fields.Integer(required=True)
    pending = fields.Integer(required=True)
    people = fields.Integer(required=True)
    minutes = fields.Integer(required=True)


class ActivityArgs(SearchArgs):
    """Narrowing of a list of activities."""

    kind = text(60, load_default="")
    from_on = Day(load_default=None, allow_none=False, data_key="from")
    to_on = Day(load_default=None, allow_none=False, data_key="to")
    sort = one_of(tuple(ACTIVITY_SORTS), load_default="-date")


class ActivityNew(RestSchema):
    """An activity to plan."""

    kind = text(60, least=1, required=True)
    title = text(MAX_TITLE, least=1, required=True)
    date = Day(required=True)
    starts_at = Instant(load_default=None, allow_none=True)
    ends_at = Instant(load_default=None, allow_none=True)
    break_minutes = number(0, 1_440, load_default=0)
    organiser = text(MAX_ORGANISER, load_default="")
    place = text(MAX_PLACE, load_default="")


ActivityPage = page_of(CountedActivity)


# --- the log ---


class PersonRef(RestSchema):
    """Somebody who took part; the name is masked without people.view."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class EntryOut(RestSchema):
    """One person's part in an activity."""

    id = fields.String(required=True)
    person = fields.Nested(PersonRef, required=True)
    activity = fields.String(required=True)
    area = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "title of the kind"})
    title = fields.String(required=True)
    date = Day(required=True)
    starts_at = Instant(required=True, allow_none=True)
    ends_at = Instant(required=True, allow_none=True)
    quantity = fields.String(required=True, allow_none=True, metadata={"description": 'as "1.50"'})
    unit = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    source = fields.String(required=True)
    recorded_by = fields.String(required=True)
    recorded_at = Instant(required=True)


class ChangeOut(RestSchema):
    """One line of an entry's history."""

    at = Instant(required=True)
    outcome = fields.String(required=True)
    actor = fields.String(required=True)
    reason = fields.String(required=True)
    second_person = fields.Boolean(required=True)


class EntryDetail(EntryOut):
    """One entry with its texts and what was decided."""

    role = fields.String(required=True)
    evidence = fields.String(required=True)
    note = fields.String(required=True)
    accepted_late = fields.String(required=True, allow_none=True)
    history = fields.List(fields.Nested(ChangeOut), required=True)


class EntryArgs(SearchArgs):
    """Narrowing of a list of entries."""

    kind = text(60, load_default="")
    status = one_of(STATUSES, load_default="")
    from_on = Day(load_default=None, allow_none=False, data_key="from")
    to_on = Day(load_default=None, allow_none=False, data_key="to")
    source = text(40, load_default="")
    person = public_id(load_default="")
    activity = public_id(load_default="")
    sort = one_of(tuple(ENTRY_SORTS), load_default="-date")


class DraftIn(RestSchema):
    """One person's part: times, or a quantity where nobody noted the times."""

    person = public_id(required=True)
    activity = public_id(load_default=None, metadata={"description": "instead of kind, title and date"})
    kind = text(60, load_default=None)
    title = text(MAX_TITLE, load_default=None)
    date = Day(load_default=None)
    starts_at = Instant(load_default=None, allow_none=True)
    ends_at = Instant(load_default=None, allow_none=True)
    quantity = Hundredths(load_default=None, allow_none=True)
    unit = text(
        MAX_UNIT,
        load_default="hour",
        metadata={"description": '"hour", "share" or "time"; service: not "time"'},
    )
    role = text(MAX_ROLE, load_default="")
    evidence = text(MAX_TEXT, load_default="")
    note = text(MAX_TEXT, load_default="")
    place = text(MAX_PLACE, load_default="")
    organiser = text(MAX_ORGANISER, load_default="")
    source_ref = text(
        100,
        load_default="",
        metadata={"description": "what the other program calls it; no names: it is kept"},
    )
    accepted_late = text(MAX_REASON, load_default=None, allow_none=True)

    @validates_schema
    def _one_activity(self, data: dict[str, Any], **_kwargs: Any) -> None:
        named = [name for name in ("kind", "title", "date") if data.get(name)]
        if data.get("activity") and named:
            raise ValidationError(BOTH, named[0])
        if not data.get("activity") and len(named) < 3:
            missing = next(name for name in ("kind", "title", "date") if name not in named)
            raise ValidationError(NEEDED, missing)


class DraftsIn(RestSchema):
    """Entries to record: all of them or none."""

    entries = fields.List(fields.Nested(DraftIn), required=True, validate=count(1, MAX_DRAFTS))


class RecordedOut(RestSchema):
    """What became of one draft."""

    id = fields.String(required=True)
    outcome = fields.String(
        required=True, metadata={"description": "created, or unchanged if it stood already"}
    )
    status = fields.String(required=True)


class RecordedList(RestSchema):
    """What became of the drafts, in their order."""

    items = fields.List(fields.Nested(RecordedOut), required=True)
    created = fields.Integer(required=True)
    waits_because = fields.List(
        one_of(REASONS),
        required=True,
        metadata={"description": "why they wait for a second person; empty where they stand confirmed"},
    )


class DecisionIn(RestSchema):
    """A decision on entries: all of them or none."""

    entries = fields.List(public_id(), required=True, validate=count(1, MAX_DRAFTS))
    outcome = one_of((CONFIRMED, REJECTED, VOIDED), required=True)
    reason = text(500, load_default="", metadata={"description": "needed to reject and to void"})


class DecidedOut(RestSchema):
    """How many entries changed; those that had the outcome already did not."""

    changed = fields.Integer(required=True)


EntryPage = page_of(
    EntryOut,
    complete=fields.Boolean(
        required=True, metadata={"description": "false where more fit than were counted"}
    ),
)


class ObjectionArgs(PageArgs):
    """Narrowing of a list of objections."""

    state = one_of(("", "open", "overdue", "answered", "withdrawn"), load_default="")


class ObjectionOut(RestSchema):
    """An objection with its clock and, once there is one, the answer."""

    id = fields.String(required=True)
    subject_type = fields.String(required=True, metadata={"description": "what kind of thing it is about"})
    subject_id = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "open, answered or withdrawn"})
    raised_at = Instant(required=True)
    due_on = Day(required=True)
    outcome = fields.String(required=True, metadata={"description": "of the answer, blank before it"})
    answer = fields.String(required=True)


class ObjectionAnswerIn(RestSchema):
    """The answer that the objector reads."""

    outcome = one_of(OUTCOMES, required=True)
    text = text(1_000, required=True)
    void = fields.Boolean(
        load_default=False, metadata={"description": "void the entry with an upheld objection"}
    )


ObjectionPage = page_of(ObjectionOut)
