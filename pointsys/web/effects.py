"""What unconfirmed entries, and drafts, would bring, in the words of the plugins; asked once for all of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from pointsys.core.activity_log.drafts import EntryDraft
from pointsys.core.areas.models import Area
from pointsys.core.pages import Expected
from pointsys.core.pending import quarantined
from pointsys.core.site import current_site
from pointsys.core.switches import enabled_by_area
from pointsys.web.menu import failed_hook


def expected_effects(session: Session, areas: Mapping[int, int]) -> dict[int, str]:
    """Entry id -> text, for entry id -> the area its person belonged to: each plugin is asked where it is on."""
    if not areas:
        return {}
    host = current_site().host
    on = enabled_by_area(session, set(areas.values()))
    stopped = quarantined(session)
    texts: dict[int, list[str]] = {}
    for name in host.in_order("expected_effect"):
        entries = [entry_id for entry_id, area_id in areas.items() if name in on[area_id]]
        if name in stopped or not entries:
            continue
        for answer in host.call_each("expected_effect", [name], session=session, entries=entries):
            if answer.error is not None:
                failed_hook(name, "expected_effect", answer.error)
            found = answer.value if isinstance(answer.value, Mapping) else {}
            for entry_id, text in found.items():
                texts.setdefault(entry_id, []).append(str(text))
    return {entry_id: "；".join(parts) for entry_id, parts in texts.items()}


@dataclass(frozen=True)
class DraftEffects:
    """What drafts would bring: words by the draft's place, and the totals, one for each plugin that counts them."""

    each: Mapping[int, str]
    totals: Sequence[str]


def effects_of_drafts(
    session: Session, area: Area, drafts: Sequence[EntryDraft], areas: Mapping[int, int]
) -> DraftEffects:
    """Ask each plugin about the drafts of the people where it is on; ``areas`` is person id -> area id."""
    if not drafts:
        return DraftEffects({}, ())
    host = current_site().host
    on = enabled_by_area(session, set(areas.values()))
    stopped = quarantined(session)
    each: dict[int, list[str]] = {}
    totals = []
    for name in host.in_order("expected_of_drafts"):
        places = [place for place, draft in enumerate(drafts) if name in on[areas[draft.person_id]]]
        if name in stopped or not places:
            continue
        asked = [drafts[place] for place in places]
        for answer in host.call_each("expected_of_drafts", [name], session=session, area=area, drafts=asked):
            if answer.error is not None:
                failed_hook(name, "expected_of_drafts", answer.error)
            if not isinstance(answer.value, Expected):
                continue
            totals.append(answer.value.total)
            for place, text in answer.value.each.items():
                each.setdefault(places[place], []).append(text)
    return DraftEffects({place: "；".join(parts) for place, parts in each.items()}, [t for t in totals if t])
