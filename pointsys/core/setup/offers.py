"""What plugins ask of whoever sets a site up."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence

from pointsys.core.pages import SetupChoice
from pointsys.core.site import current_site

log = logging.getLogger(__name__)


def offered_choices(on: Collection[str]) -> Mapping[str, Sequence[SetupChoice]]:
    """The questions by plugin, without those of plugins that are ``on`` already.

    A plugin whose hook raises, or whose question has no options, asks nothing.
    """
    host = current_site().host
    found: dict[str, Sequence[SetupChoice]] = {}
    for answer in host.call_each("setup_choices", [name for name in host.names if name not in on]):
        if answer.error is not None:
            # There is no area yet in which the failure could be noted.
            log.error("setup_choices of %s failed", answer.info.name, exc_info=answer.error)
            continue
        asked = [choice for choice in answer.value or () if choice.options]
        if asked:
            found[answer.info.name] = asked
    return found
