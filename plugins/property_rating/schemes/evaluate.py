"""The score of one estate: weighted parts, sample floor, veto and stars; exact, rounded half up once at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pointsys.plugin import N_, Problem

from .numbers import ceiling, exact, half_up, plain, whole
from .scheme import CREDIT, HUNDRED, WEIGHTED, Band, Sample, Scheme

OK, VETOED, INSUFFICIENT = "ok", "vetoed", "insufficient_sample"


@dataclass(frozen=True, slots=True)
class Veto:
    """An event against an estate; only one of the scheme's ``status`` (a confirmed one) inside the period counts."""

    id: str
    status: str
    in_period: bool


@dataclass(frozen=True, slots=True)
class Result:
    """``raw`` is exact, ``score`` rounded; both and ``stars`` are None without a result. ``required``: ballots.

    ``stars`` is None as well for schemes whose stars or lists come from all scores together.
    """

    status: str
    raw: Fraction | None = None
    score: Fraction | None = None
    stars: int | None = None
    required: int | None = None

    def as_json(self) -> dict[str, object]:
        """The shape of ``pointsys property evaluate``."""
        if self.status == INSUFFICIENT:
            return {"score": None, "stars": None, "status": self.status, "required": self.required}
        assert self.raw is not None
        assert self.score is not None
        return {
            "raw": plain(self.raw),
            "score": plain(self.score),
            "stars": self.stars,
            "status": self.status,
        }


def evaluate(
    scheme: Scheme,
    parts: Mapping[str, object],
    households: object = None,
    ballots: object = None,
    vetoes: Sequence[Veto | Mapping[str, object]] = (),
) -> Result:
    """The result of an estate with these ``parts`` on 0..100 (numbers or texts).

    ``households`` and ``ballots`` decide whether the sample suffices; without either nobody asks for a sample. The part
    of the sample may be missing (or None) where the sample is too small. Raises Problem bad_score, missing_part,
    unknown_part, bad_count, bad_veto, unknown_veto, wrong_kind or no_band.
    """
    if scheme.kind == CREDIT:
        raise wrong_kind(scheme)
    counted = [_veto(veto) for veto in vetoes]
    for part_id in parts:
        if all(part.id != part_id for part in scheme.parts):
            message = N_("The scheme has no part %(part)s.")
            raise Problem("unknown_part", message, field="parts", part=str(part_id)[:60])
    required, short = _sample(scheme, parts, households, ballots)
    optional = scheme.ballot_part if short else ""
    values = {part.id: _part(parts, part.id) for part in scheme.parts if _asked(parts, part.id, optional)}
    if short:
        return Result(INSUFFICIENT, required=required)
    raw = sum((part.weight * values[part.id] for part in scheme.parts), Fraction(0))
    score = raw if scheme.decimals is None else half_up(raw, scheme.decimals)
    stars = band_of(scheme.bands, score).stars if scheme.kind == WEIGHTED else None
    if scheme.veto is not None and any(_counts(scheme, veto) for veto in counted):
        stars = scheme.veto.stars if stars is None else min(stars, scheme.veto.stars)
        return Result(VETOED, raw, score, stars, required)
    return Result(OK, raw, score, stars, required)


def sample_required(sample: Sample | None, households: object) -> int:
    """How many ballots an estate of so many households needs; raises Problem bad_count."""
    homes = count_of(households, "households")
    if sample is None:
        return 0
    least = max(ceiling(sample.min_share * homes), sample.min_count)
    return min(homes, least) if sample.capped else least


def count_of(value: object, field: str) -> int:
    """A whole number of at least 0; raises Problem bad_count."""
    try:
        return whole(value)
    except ValueError:
        raise Problem(
            "bad_count", N_("%(name)s must be a whole number of at least 0."), field=field, name=field
        ) from None


def score_of(value: object, field: str) -> Fraction:
    """A score on 0..100; raises Problem bad_score."""
    try:
        number = exact(value)
    except ValueError:
        number = None
    if number is None or not 0 <= number <= HUNDRED:
        raise Problem("bad_score", N_("%(name)s must be a number from 0 to 100."), field=field, name=field)
    return number


def band_of(bands: Sequence[Band], score: Fraction) -> Band:
    """The first band that the score reaches; raises Problem no_band below all of them."""
    for band in bands:
        if score >= band.least and (band.most is None or score <= band.most):
            return band
    message = N_("The scheme has no band for a score of %(score)s.")
    raise Problem("no_band", message, field="bands", score=plain(score))


def wrong_kind(scheme: Scheme) -> Problem:
    """The scheme computes something else."""
    message = N_("The scheme %(name)s is of the kind %(kind)s, which computes something else.")
    return Problem("wrong_kind", message, field="scheme", name=scheme.id, kind=scheme.kind)


def _sample(
    scheme: Scheme, parts: Mapping[str, object], households: object, ballots: object
) -> tuple[int | None, bool]:
    if households is None and ballots is None:
        return None, False
    homes, cast = count_of(households, "households"), count_of(ballots, "ballots")
    if cast > homes:
        raise Problem("bad_count", N_("There are more ballots than households."), field="ballots")
    if scheme.sample is None:
        return None, False
    required = sample_required(scheme.sample, homes)
    # Nobody voted where nobody lives: there is no mean that could be a result.
    return required, cast < required or (cast == 0 and parts.get(scheme.sample.part) is None)


def _asked(parts: Mapping[str, object], part_id: str, optional: str) -> bool:
    return part_id != optional or parts.get(part_id) is not None


def _part(parts: Mapping[str, object], part_id: str) -> Fraction:
    if part_id not in parts:
        raise Problem("missing_part", N_("The part %(part)s is missing."), field=part_id, part=part_id)
    return score_of(parts[part_id], part_id)


def _veto(veto: Veto | Mapping[str, object]) -> Veto:
    if isinstance(veto, Veto):
        return veto
    if isinstance(veto, Mapping):
        event, status, inside = veto.get("id"), veto.get("status"), veto.get("in_period")
        if isinstance(event, str) and isinstance(status, str) and isinstance(inside, bool):
            return Veto(event, status, inside)
    message = N_('A veto is {"id": text, "status": text, "in_period": true or false}.')
    raise Problem("bad_veto", message, field="veto")


def _counts(scheme: Scheme, veto: Veto) -> bool:
    rule = scheme.veto
    if rule is None or not veto.in_period or veto.status != rule.status:
        return False
    if rule.events and veto.id not in rule.events:
        message = N_("The scheme knows no veto %(id)s.")
        raise Problem("unknown_veto", message, field="veto", id=veto.id[:60])
    return True
