"""What a live channel took is given back when it is gone, and not when the collector comes to it."""

from __future__ import annotations

from parley.chat.v1 import frame_pb2

from kernel.rpc.live import Channel
from services.chat.actions.following import Following, InboxFollowing
from services.chat.servicer.live import ChatHandler
from tests.chat.lines import a_line
from tests.chat.people import claim
from tests.gone import no_collector
from tests.platform import Platform


async def test_a_channel_that_is_gone_leaves_nothing_for_the_collector(platform: Platform) -> None:
    tenant = await platform.tenant()
    visitor, other, robin = await tenant.visitor(), await tenant.visitor(), await tenant.member()
    await claim(platform, robin.token, visitor.conversation.id)
    conversation_id = visitor.conversation.id
    async with a_line(platform) as line:
        bystander = await line.open(other.token)
        await bystander.subscribe(other.conversation.id)
        with no_collector(Channel, ChatHandler, Following, InboxFollowing) as remains:
            zoe, operator = await line.open(visitor.token), await line.open(robin.token)
            for socket in (zoe, operator):
                await socket.subscribe(conversation_id)
            await operator.say(subscribe_inbox=frame_pb2.SubscribeInbox())
            ack = (await zoe.post(conversation_id)).ack
            await operator.until_sequence(ack.sequence)
            # It waits until the inbox was read, and with it whatever was under way.
            await operator.until(lambda frame: frame.HasField("inbox"))
            assert remains.since == {"Channel": 2, "ChatHandler": 2, "Following": 2, "InboxFollowing": 1}
            await zoe.leave()
            await operator.leave()
            # The writer knows whose words it wrote last, until it writes something else.
            await bystander.post(other.conversation.id)
            await remains.none()
