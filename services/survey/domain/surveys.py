"""What a survey is, to whom it is offered, and what may be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from parley.survey.v1 import survey_pb2
from parley.survey.v1.definition_pb2 import Definition, Targeting

from kernel.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound
from services.survey.domain.definitions import Complaint

DRAFT = survey_pb2.Survey.STATE_DRAFT
PUBLISHED = survey_pb2.Survey.STATE_PUBLISHED
CLOSED = survey_pb2.Survey.STATE_CLOSED


class SurveyChanged(Aborted):
    """Somebody else changed the survey first."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__(
            "SURVEY_CHANGED", "Somebody changed this survey meanwhile. Nothing was changed; read it again."
        )


class DefinitionWrong(InvalidArgument):
    """A draft that cannot be published as it is."""

    def __init__(self, found: Sequence[Complaint]) -> None:
        """Takes what is wrong."""
        first = found[0]
        super().__init__(
            first.reason,
            f"{first.detail} Nothing was published.",
            fields=[(each.at or "definition", each.reason) for each in found[:20]],
        )


class SurveyFixed(FailedPrecondition):
    """What chats ask themselves is the platform's own."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__(
            "SURVEY_FIXED",
            "This is what chats ask themselves, and it is asked alike everywhere. Nothing was changed; a setting says "
            "whether it is asked.",
        )


def day_of(moment: datetime) -> datetime:
    """Returns the beginning of a day, which is all that is kept of when somebody answered."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def no_such_survey() -> NotFound:
    """Returns the one answer to a survey that does not exist."""
    return NotFound("SURVEY_NOT_FOUND", "There is no such survey.")


def no_such_version() -> NotFound:
    """Returns the one answer to a version that does not exist."""
    return NotFound("VERSION_NOT_FOUND", "There is no such version.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """One survey of a tenant."""

    id: str
    state: int
    title: str
    create_time: datetime
    update_time: datetime
    revision: int
    targeting: Targeting
    version_id: str = ""
    version_number: int = 0
    published_hash: str = ""
    draft_hash: str = ""
    draft: Definition | None = field(default=None)
    #: True for what chats ask themselves: the platform made it.
    is_rating: bool = False

    @property
    def etag(self) -> str:
        """What changes with every change."""
        return f"r{self.revision}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What was published at one moment."""

    id: str
    survey_id: str
    number: int
    content_hash: str
    publish_time: datetime
    definition: Definition | None = None


def check_etag(survey: Survey, etag: str) -> None:
    """Raises SurveyChanged where a survey is not as it was read."""
    if etag and etag != survey.etag:
        raise SurveyChanged


def check_changeable(survey: Survey) -> None:
    """Raises SurveyFixed for what chats ask themselves."""
    if survey.is_rating:
        raise SurveyFixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """After what a survey is offered."""

    site_id: str = ""
    team_id: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    visitor_id: str = ""
    conversation_id: str = ""
    #: What tells the invitation apart where it belongs to no chat; nothing for one of its own.
    invitation_key: str = ""


def is_meant(targeting: Targeting, occasion: Occasion, draw: int) -> bool:
    """Says whether a survey is offered on an occasion; `draw` is from 0 to 999, the same for the same chat."""
    language = occasion.language.lower().partition("-")[0]
    return (
        (not targeting.site_ids or occasion.site_id in targeting.site_ids)
        and (not targeting.team_ids or occasion.team_id in targeting.team_ids)
        and (not targeting.tags or not set(targeting.tags).isdisjoint(occasion.tags))
        and (not targeting.languages or language in targeting.languages)
        and draw < targeting.sampling_permille
    )
