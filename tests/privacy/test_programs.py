"""What a program reads by its key stands in the record of readings and in the ledger, as what people read does."""

from __future__ import annotations

from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import token_pb2
from parley.options.v1 import access_pb2

from tests.platform import Platform, Tenant
from tests.privacy.rights import claim, my_ledger, read, say, until


async def test_a_programs_reading_is_on_record_and_the_visitor_sees_it(platform: Platform, shop: Tenant) -> None:
    robin, zoe = await shop.member(name="Robin"), await shop.visitor("Zoë")
    await claim(platform, robin.token, zoe)
    await say(platform, zoe.token, zoe, "my words")
    await platform.call(
        platform.chat.CloseConversation,
        conversation_pb2.CloseConversationRequest(conversation_id=zoe.conversation.id),
        token=zoe.token,
    )
    key_id, secret = await shop.api_key("chat.read")
    issued = await platform.call(
        platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(api_key=secret)
    )
    for _ in range(2):
        assert "my words" in await read(platform, issued.access_token, zoe.conversation.id)
    listed = await platform.call(
        platform.chat.ListReaders,
        conversation_pb2.ListReadersRequest(conversation_id=zoe.conversation.id),
        token=zoe.token,
    )
    (program,) = [each for each in listed.readers if each.api_key_id]
    assert (program.api_key_id, program.staff_id) == (key_id, "")
    assert program.purpose == access_pb2.PURPOSE_ESSENTIAL_SERVICE
    entries = await until(
        lambda: my_ledger(platform, zoe.token), lambda found: any(each.role == "program" for each in found)
    )
    (entry,) = [each for each in entries if each.role == "program"]
    assert (entry.record_id, entry.staff_name) == (zoe.conversation.id, "")
