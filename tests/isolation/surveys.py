"""Lets a tenant of the walks ask something, and people answer it."""

from __future__ import annotations

from collections.abc import Mapping

from parley.survey.v1 import response_pb2

from kernel import ids
from kernel.clock import SystemClock
from kernel.storage import Database, runtime_url
from services.survey.store import contacts
from tests.platform import Platform, Tenant, Visitor
from tests.survey.asking import Asking, Given, definition, question


async def ask_something(platform: Platform, tenant: Tenant, visitor: Visitor, token: str) -> Mapping[str, str]:
    """Publishes two surveys, one with answers of a visitor and of somebody unknown; returns one id of each kind."""
    asking = Asking(platform, tenant)
    await asking.set("surveys.replace_minutes", 0)
    asked = definition(
        question("CSAT", "csat"), question("LONG_TEXT", "why"), question("EMAIL", "mail"), consent_text="For us."
    )
    first, second = [await asking.published(asked) for _ in range(2)]
    # The first one has a second version, as asks the same in other words.
    await asking.publish(first.id, definition(*asked.sections[0].questions, consent_text="For us alone."))
    again = question("CSAT", "again", same_meaning_as="q_0000csat")
    await asking.publish(second.id, definition(again))
    given: dict[str, Given] = {"csat": 5, "why": "Quick and kind", "mail": "ann@people.example"}
    invitation = await asking.offer(visitor.token, first.id)
    age_pass = await asking.check_age(visitor.token, invitation, 30)
    await asking.submit(visitor.token, invitation, given, age_pass=age_pass, wants_follow_up=True)
    await asking.answered(first.id, given, age=40)
    responses = await platform.call(
        asking.rows.ListResponses, response_pb2.ListResponsesRequest(survey_id=first.id), token=token
    )
    texts = await platform.call(
        asking.rows.SearchTexts, response_pb2.SearchTextsRequest(survey_id=first.id, words="kind"), token=token
    )
    await leave_addresses(platform, tenant, first.id)
    return {
        "srv": first.id,
        "svv": first.version_id,
        "rsp": responses.responses[0].id,
        "stx": texts.texts[0].id,
    }


async def leave_addresses(platform: Platform, tenant: Tenant, survey_id: str) -> None:
    """Adds two addresses, as the service does some hours after they were left."""
    database = Database(runtime_url(platform.config.database_url, platform.config.secret_key, "survey"))
    try:
        async with database.transaction(tenant.id) as connection:
            left = [
                contacts.Contact(
                    id=ids.random_uuid(),
                    survey_id=ids.to_uuid(survey_id, "srv"),
                    email=f"{name}@people.example",
                    week=SystemClock().now(),
                )
                for name in ("ann", "bo")
            ]
            await contacts.move(connection, ids.to_uuid(tenant.id, "ten"), [], left, SystemClock().now())
    finally:
        await database.close()
