"""JSON lines in and out: activities and sessions in, what each session is worth out, without a database.

So that any policy can be tried out. ``people`` and ``days`` hold approved minutes; a session that waits for approval
says what it is worth, and counts nowhere yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NoReturn

from pointsys.plugin import N_, Problem

from .crediting import Service, Worth, credit
from .days import Days, instant
from .policy import DAY, Policy

# Nobody writes other years but by mistake.
FIRST_YEAR, LAST_YEAR = 1900, 2199
# Start, end and break of an activity.
Plan = tuple[int | None, int | None, int]
_TIME = len("2026-03-07T09")


def credit_lines(policy: Policy, days: Days, lines: Iterable[str]) -> Iterator[str]:
    """Credit each line by ``policy``; one that cannot be read becomes ``{"error": {...}}``, empty ones nothing.

    The error has code, message and, where it is one value's, the place of that value as ``field``.
    """
    for line in lines:
        if line.strip():
            yield json.dumps(_credit_line(policy, days, line), ensure_ascii=False)


def _credit_line(policy: Policy, days: Days, line: str) -> dict[str, object]:
    try:
        return credit_task(policy, days, _read(line))
    except Problem as problem:
        error = {"code": problem.code, "message": str(problem)}
        return {"error": {**error, "field": problem.field} if problem.field else error}


def _read(line: str) -> Mapping[str, object]:
    try:
        task = json.loads(line)
        if "\\u" in line:
            # Half of a surrogate pair is no text: it could be read, but not be written again.
            json.dumps(task, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Problem(
            "bad_json", N_("The line is not JSON: write one object with activities and sessions a line.")
        ) from None
    if not isinstance(task, dict):
        raise Problem("bad_line", N_("The line must be one object with activities and sessions."))
    return task


def credit_task(policy: Policy, days: Days, task: Mapping[str, object]) -> dict[str, object]:
    """The result of one line as a mapping; raises Problem naming the value at fault."""
    plans = _plans(task.get("activities"), days)
    services: dict[str, list[Service[str]]] = {}
    order: dict[str, str] = {}
    for number, session in enumerate(_list(task.get("sessions"))):
        person, service = _service(number, session, plans, policy, days)
        if service.key in order:
            _refuse(number, "id", "twice", N_("Two sessions have this id; give each its own."))
        order[service.key] = person
        services.setdefault(person, []).append(service)
    worths = {person: credit(several, days) for person, several in services.items()}
    return {
        "sessions": {key: _session(worths[person][key]) for key, person in order.items()},
        "people": {person: sum(one.counts for one in found.values()) for person, found in worths.items()},
        "days": {person: _by_date(found.values()) for person, found in worths.items()},
    }


def _session(worth: Worth) -> dict[str, object]:
    found: dict[str, object] = {"minutes": worth.minutes, "state": worth.state}
    if worth.level:
        found["level"] = worth.level
    found["flags"] = sorted(worth.flags)
    return found


def _by_date(worths: Iterable[Worth]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for worth in worths:
        for day, minutes in worth.days.items():
            text = day.isoformat()
            totals[text] = totals.get(text, 0) + minutes
    return dict(sorted(totals.items())) if len(totals) > 1 else totals


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise Problem("bad_line", N_("Give the sessions as a list."), field="sessions")
    return value


def _plans(value: object, days: Days) -> dict[str, Plan]:
    if not isinstance(value, dict):
        raise Problem("bad_line", N_("Give the activities as an object, each by its id."), field="activities")
    return {key: _plan(key, plan, days) for key, plan in value.items()}


def _plan(key: str, plan: object, days: Days) -> Plan:
    place = f"activities.{key}"
    if not isinstance(plan, dict):
        raise Problem(
            "bad_activity",
            N_("Give an activity as an object with start, end and break_minutes."),
            field=place,
        )
    start = _moment(plan.get("start"), f"{place}.start", days)
    end = _moment(plan.get("end"), f"{place}.end", days)
    if start is not None and end is not None and end <= start:
        raise Problem("end_before_start", N_("The activity ends before it starts."), field=f"{place}.end")
    pause = plan.get("break_minutes")
    if pause is None:
        pause = 0
    if isinstance(pause, bool) or not isinstance(pause, int) or not 0 <= pause <= DAY:
        raise Problem(
            "bad_number",
            N_("The break is a whole number of minutes, 0 to 1440."),
            field=f"{place}.break_minutes",
        )
    return start, end, pause


def _service(
    number: int, session: object, plans: Mapping[str, Plan], policy: Policy, days: Days
) -> tuple[str, Service[str]]:
    if not isinstance(session, dict):
        raise Problem(
            "bad_session", N_("Give a session as an object with id, person, activity, in and out."),
            field=f"sessions[{number}]",
        )  # fmt: skip
    key = _name(session, number, "id")
    person = _name(session, number, "person")
    activity = _name(session, number, "activity")
    plan = plans.get(activity)
    if plan is None:
        _refuse(
            number,
            "activity",
            "unknown_activity",
            N_("No activity of this line has the id %(id)s."),
            id=activity,
        )
    start = _stamp(session, number, "in", days)
    end = _stamp(session, number, "out", days)
    day = None if start is None else days.of(start)[0]
    return person, Service(key, activity, policy, number, start, end, plan[0], plan[1], plan[2], day)


def _name(session: Mapping[str, object], number: int, field: str) -> str:
    value = session.get(field)
    if type(value) is str and value:
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        _refuse(number, field, "bad_id", N_("Give a text or a whole number."))
    return str(value)


def _stamp(session: Mapping[str, object], number: int, field: str, days: Days) -> int | None:
    value = session.get(field)
    # The name of the place is made only for a value at fault: this runs for each of a million sessions.
    return None if value is None else _parse(value, days, number, field)


def _parse(value: object, days: Days, number: int, field: str) -> int | None:
    try:
        return _moment(value, "", days)
    except Problem as problem:
        problem.field = f"sessions[{number}].{field}"
        raise


def _moment(value: object, place: str, days: Days) -> int | None:
    """An ISO time in microseconds; one without a zone is local."""
    if value is None:
        return None
    if isinstance(value, str) and len(value) >= _TIME:
        try:
            moment = datetime.fromisoformat(value)
            if FIRST_YEAR <= moment.year <= LAST_YEAR:
                return instant(moment if moment.tzinfo else moment.replace(tzinfo=days.tz).astimezone(UTC))
        except (ValueError, OverflowError):
            pass
    raise Problem(
        "bad_time",
        N_("Write a time like 2026-03-07T09:00:00+08:00, in the years 1900 to 2199."),
        field=place or None,
    )


def _refuse(number: int, field: str, code: str, message: str, **params: object) -> NoReturn:
    raise Problem(code, message, field=f"sessions[{number}].{field}", **params)
