"""Declares the tables of surveys, and whose data each column holds."""

from __future__ import annotations

from parley.subject.v1 import subject_pb2
from sqlalchemy import ARRAY, BigInteger, Boolean, Index, Integer, LargeBinary, MetaData, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType

from kernel.storage import column, tenant_table
from kernel.storage.tables import belongs_to
from kernel.tables import kernel_tables

metadata = MetaData(schema="survey")
kernel_tables(metadata, record="rsp")

Uuid = UuidType(as_uuid=True)
Moment = TIMESTAMP(timezone=True)
_VISITOR = subject_pb2.SUBJECT_KIND_VISITOR
_P = "parley.survey.v1."

surveys = tenant_table(
    "surveys",
    metadata,
    column("id", Uuid, _P + "Survey.id", prefix="srv"),
    column("state", Integer, _P + "Survey.state"),
    column("title", Text, _P + "Survey.title"),
    column("draft", LargeBinary, "- what the tenant writes to publish it"),
    column("draft_hash", Text, "- a hash of what the tenant writes to publish it"),
    column("published_hash", Text, _P + "Version.content_hash"),
    column("targeting", LargeBinary, "- to whom the tenant offers it, by sites, groups, tags and languages"),
    column("version_id", Uuid, _P + "Survey.version_id", nullable=True, prefix="svv"),
    column("version_number", Integer, _P + "Survey.version_number"),
    column("revision", BigInteger, _P + "Survey.etag"),
    column("create_time", Moment, _P + "Survey.create_time"),
    column("update_time", Moment, _P + "Survey.update_time"),
    column("is_rating", Boolean, _P + "Survey.is_rating", server_default="false"),
)
Index("surveys_rating", surveys.c.tenant_id, unique=True, postgresql_where=surveys.c.is_rating)
Index("surveys_offered", surveys.c.tenant_id, surveys.c.id, postgresql_where=surveys.c.state == 2)

versions = tenant_table(
    "versions",
    metadata,
    column("id", Uuid, _P + "Version.id", prefix="svv"),
    column("survey_id", Uuid, _P + "Version.survey_id", prefix="srv"),
    column("number", Integer, _P + "Version.number"),
    column("definition", LargeBinary, "- what the tenant publishes"),
    column("content_hash", Text, _P + "Version.content_hash"),
    column("publish_time", Moment, _P + "Version.publish_time"),
    UniqueConstraint("tenant_id", "survey_id", "number"),
    belongs_to(("survey_id",), "survey.surveys"),
)

meanings = tenant_table(
    "meanings",
    metadata,
    column("survey_id", Uuid, _P + "Version.survey_id", prefix="srv"),
    column("id", Text, _P + "Question.id"),
    column("counted_as", Text, _P + "Question.same_meaning_as"),
    belongs_to(("survey_id",), "survey.surveys"),
    key=("survey_id", "id"),
)

responses = tenant_table(
    "responses",
    metadata,
    column("id", Uuid, _P + "Response.id", prefix="rsp"),
    column("survey_id", Uuid, _P + "Response.survey_id", prefix="srv"),
    column("version_id", Uuid, _P + "Response.version_id", prefix="svv"),
    column("invitation_mac", LargeBinary, _P + "SubmitResponseRequest.invitation"),
    column("visitor_id", Uuid, _P + "Response.visitor_id", nullable=True, prefix="vis"),
    column("day", Moment, _P + "Response.day"),
    column("site_id", Uuid, _P + "Response.site_id", nullable=True, prefix="sit"),
    column("team_id", Uuid, _P + "Response.team_id", nullable=True, prefix="tea"),
    column("tags", ARRAY(Text), _P + "Response.tags"),
    column("language", Text, _P + "Response.language"),
    column("channel", Integer, _P + "Response.channel"),
    column("age_band", Integer, _P + "Response.age_band"),
    column("wants_follow_up", Boolean, _P + "Response.wants_follow_up"),
    column("replace_until_time", Moment, "- until when it may be replaced; emptied when it is counted", nullable=True),
    column("is_counted", Boolean, "- whether a sealed batch has counted it"),
    UniqueConstraint("tenant_id", "invitation_mac"),
    belongs_to(("version_id",), "survey.versions"),
    subject={_VISITOR: "visitor_id"},
    purge=("day", "retention.survey_answer_days"),
)
_r = responses.c
Index("responses_survey", _r.tenant_id, _r.survey_id, _r.id)
Index("responses_uncounted", _r.tenant_id, _r.survey_id, _r.id, postgresql_where=~_r.is_counted)
Index("responses_visitor", _r.visitor_id, _r.tenant_id, postgresql_where=_r.visitor_id.is_not(None))
Index("responses_day", _r.tenant_id, _r.day)

answers = tenant_table(
    "answers",
    metadata,
    column("response_id", Uuid, _P + "Response.id", prefix="rsp"),
    column("question_id", Text, _P + "Answer.question_id"),
    column("value", Text, _P + "Answer.choice_ids"),
    belongs_to(("response_id",), "survey.responses"),
    key=("response_id", "question_id", "value"),
)

texts = tenant_table(
    "texts",
    metadata,
    column("id", Uuid, _P + "Text.id", prefix="stx"),
    column("response_id", Uuid, _P + "Text.response_id", prefix="rsp"),
    column("survey_id", Uuid, _P + "Response.survey_id", prefix="srv"),
    column("question_id", Text, _P + "Text.question_id"),
    column("text", Text, _P + "Text.text"),
    column("tags", ARRAY(Text), _P + "Text.tags"),
    column("day", Moment, "- the day of its response, from which its own period counts"),
    UniqueConstraint("tenant_id", "response_id", "question_id"),
    belongs_to(("response_id",), "survey.responses"),
    purge=("day", "retention.survey_contact_days"),
)
Index("texts_survey", texts.c.tenant_id, texts.c.survey_id, texts.c.id)
Index("texts_day", texts.c.tenant_id, texts.c.day)

waiting_contacts = tenant_table(
    "waiting_contacts",
    metadata,
    column("response_id", Uuid, _P + "Response.id", prefix="rsp"),
    column("email", Text, _P + "Contact.email"),
    column("due_time", Moment, "- from when on it may move away from its response"),
    belongs_to(("response_id",), "survey.responses"),
    key=("response_id",),
    purge=("due_time", "retention.survey_contact_days"),
)

contacts = tenant_table(
    "contacts",
    metadata,
    column("id", Uuid, _P + "Contact.id", prefix="sct"),
    column("survey_id", Uuid, _P + "Contact.survey_id", prefix="srv"),
    column("email", Text, _P + "Contact.email"),
    column("week", Moment, _P + "Contact.week"),
    # Both stand here only where its author wants to be contacted about the answers.
    column("response_id", Uuid, _P + "Contact.response_id", nullable=True, prefix="rsp"),
    column("visitor_id", Uuid, _P + "Contact.visitor_id", nullable=True, prefix="vis"),
    column("erase_mac", LargeBinary, "- a keyed hash by which it goes with its author, and leads to nobody otherwise"),
    subject={_VISITOR: "visitor_id"},
    purge=("week", "retention.survey_contact_days"),
)
Index("contacts_survey", contacts.c.tenant_id, contacts.c.survey_id, contacts.c.id)
_v = contacts.c
Index("contacts_visitor", _v.visitor_id, _v.tenant_id, postgresql_where=_v.visitor_id.is_not(None))
Index("contacts_erase", _v.tenant_id, _v.erase_mac)
Index("contacts_week", _v.tenant_id, _v.week)

spent = tenant_table(
    "spent",
    metadata,
    column("mac", LargeBinary, "- a keyed hash of an invitation or a session; nothing leads from it to either"),
    column("kind", Integer, "- why nothing is taken any more"),
    column("day", Moment, "- the day, from which the period of invitations counts"),
    key=("mac",),
    purge=("day", 90),
)
Index("spent_day", spent.c.tenant_id, spent.c.day)

counters = tenant_table(
    "counters",
    metadata,
    column("survey_id", Uuid, _P + "Survey.id", prefix="srv"),
    column("stage", Integer, "- offered, opened or age passed"),
    column("count", BigInteger, _P + "Funnel.offered"),
    column("sealed_count", BigInteger, _P + "Funnel.offered"),
    key=("survey_id", "stage"),
)

tallies = tenant_table(
    "tallies",
    metadata,
    column("survey_id", Uuid, _P + "Survey.id", prefix="srv"),
    column("dimension", Text, _P + "DimensionValues.dimension"),
    column("within", Text, _P + "Row.value"),
    column("question", Text, _P + "QuestionResult.question_id"),
    column("value", Text, _P + "Cell.value"),
    column("count", BigInteger, _P + "Cell.count"),
    key=("survey_id", "dimension", "within", "question", "value"),
)

batches = tenant_table(
    "batches",
    metadata,
    column("id", Uuid, "- the batch's own id"),
    column("survey_id", Uuid, _P + "Survey.id", prefix="srv"),
    column("size", Integer, "- how many responses it counted, never fewer than the threshold"),
    column("seal_time", Moment, _P + "GetResultsResponse.seal_time"),
)
Index("batches_survey", batches.c.tenant_id, batches.c.survey_id, batches.c.seal_time)
