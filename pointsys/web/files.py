"""Photos: shown to those who may see the log of the area they belong to, and taken away again."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, redirect, request, send_file, url_for
from werkzeug.wrappers import Response

from pointsys.core.attachments import services as attachments
from pointsys.core.attachments.models import Attachment
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_
from pointsys.web.access import area_scope, current_actor, current_area, deny, may, require_again
from pointsys.web.frame import flash_done
from pointsys.web.scope import missing

blueprint = Blueprint("files", __name__)


@blueprint.get("/a/<code>/files/<public_id>")
@area_scope("log.view")
def picture(code: str, public_id: str) -> Response:
    """A photo of an activity."""
    with read_scope() as session:
        found = attachments.find_below(session, current_area().id, public_id)
        # Photos of anything else are shown by the page that knows who may see them.
        if found is None or found.subject_type != attachments.ACTIVITY:
            missing()
        return send_picture(found)


def send_picture(photo: Attachment) -> Response:
    """A picture as kept, without a look at who may see it; asked for anew each time, as rights end."""
    path = attachments.file_of(photo.public_id)
    if not path.is_file():
        missing()
    answer = send_file(path, "image/jpeg", download_name=path.name, etag=photo.sha256, max_age=0)
    answer.headers["Content-Disposition"] = f'inline; filename="{path.name}"'
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def photo_in(photos: Iterable[Attachment], public_id: str) -> Attachment:
    """The one of ``photos`` with this id; 404 for any other."""
    found = next((one for one in photos if one.public_id == public_id), None)
    if found is None:
        missing()
    return found


@blueprint.post("/a/<code>/files/<public_id>/remove")
@area_scope("log.record")
def remove(code: str, public_id: str) -> Response:
    """Take a picture away: whoever added it, or may decide on entries here."""
    area_id, actor = current_area().id, current_actor()
    decides = may("log.decide")
    with unit_of_work() as session:
        require_again(session, "log.record", area_id)
        found = attachments.find_below(session, area_id, public_id)
        if found is not None and found.subject_type != attachments.ACTIVITY:
            found = None
        own = found is not None and found.created_by_account == actor.account_id
        gone = attachments.remove(session, [found], actor) if found is not None and (own or decides) else []
    if found is None:
        missing()
    if not gone:
        deny(403)
    attachments.discard(gone)
    flash_done(N_("The photo has been taken away."))
    return redirect(url_for("activities.page", code=code, activity=request.form.get("activity", "")), 303)


@blueprint.post("/a/<code>/activities/<activity>/photos")
@area_scope("log.record")
def add(code: str, activity: str) -> Response:
    """Add photos to an activity."""
    from pointsys.core.activity_log.queries import activity_below
    from pointsys.web.log_new import read_photos

    photos, area_id = read_photos(), current_area().id
    with unit_of_work() as session:
        require_again(session, "log.record", area_id)
        found = activity_below(session, area_id, activity)
        for photo in photos if found is not None else ():
            attachments.keep(
                # The activity's own area, whose people look at it, may lie below that of the address.
                session, found.area_id if found else area_id, photo, current_actor(),
                subject_type=attachments.ACTIVITY, subject_id=found.public_id if found else "",
            )  # fmt: skip
    if found is None:
        missing()
    flash_done(N_("Photos added: %(n)s."), n=len(photos))
    return redirect(url_for("activities.page", code=code, activity=activity, _anchor="photos"), 303)
