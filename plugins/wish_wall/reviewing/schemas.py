"""What the REST operations of the office take."""

from __future__ import annotations

from pointsys.plugin import RestSchema, rest_fields

from ..asking.checking import MOST_TEXT, MOST_TITLE
from ..events import MOST_REASON


class WishReviewIn(RestSchema):
    """A decision; ``title`` and ``public_text`` replace what the wall would show."""

    outcome = rest_fields.text(
        20, load_default="", metadata={"description": "publish, return, reject or convert"}
    )
    reason = rest_fields.text(
        MOST_REASON, load_default="", metadata={"description": "needed for all but publishing"}
    )
    title = rest_fields.text(MOST_TITLE, load_default=None, allow_none=True)
    public_text = rest_fields.text(MOST_TEXT, load_default=None, allow_none=True)
