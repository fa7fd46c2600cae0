"""One's own documents, on a phone: what was issued about oneself, whether it is still valid, and its paper."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core.documents.models import Document
from pointsys.core.people.groups import groups
from pointsys.core.unit_of_work import read_scope
from pointsys.web.access import current_actor, signed_in
from pointsys.web.documents import STATES, pdf_response
from pointsys.web.frame import show
from pointsys.web.scope import missing

blueprint = Blueprint("me_documents", __name__)

View = Response | tuple[str, int]
MOST = 200


def _own(session: Session, public_id: str | None = None) -> list[Document]:
    own = current_actor().person_id
    if own is None:
        return []
    rows = [row for group in groups(session, [own]).values() for row in group]
    query = select(Document).where(Document.person_id.in_(rows)).order_by(Document.id.desc())
    if public_id is not None:
        query = query.where(Document.public_id == public_id)
    return list(session.scalars(query.limit(MOST)))


@blueprint.get("/me/documents")
@signed_in
def index() -> View:
    """Everything that was issued about oneself, the newest first."""
    with read_scope() as session:
        return show("me/documents.html", documents=_own(session), states=STATES)


@blueprint.get("/me/documents/<document>/pdf")
@signed_in
def pdf(document: str) -> View:
    """The paper of one's own document."""
    with read_scope() as session:
        found = _own(session, document)
        if not found:
            missing()
        return pdf_response(found[0])
