"""What unconfirmed entries would bring, in the words of the plugins; asked once for all rows of a page."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

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
