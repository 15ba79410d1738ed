"""People ask about their data and are answered: in every service, within the time, and with a receipt."""

from __future__ import annotations

import pytest
from parley.privacy.v1 import request_pb2

from kernel.errors import Unauthenticated
from tests.platform import OFFICER, Platform
from tests.privacy.rights import (
    Kind,
    ask,
    claim,
    held,
    say,
    settled,
)


async def test_a_forgotten_visitor_has_a_receipt_and_nothing_else(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, zoe = await tenant.member(name="Robin"), await tenant.visitor("Zoë")
    await claim(platform, robin.token, zoe)
    await say(platform, zoe.token, zoe, "zoe-words")
    made = await ask(platform, zoe.token, Kind.KIND_ERASE, details="please-forget-zoe")
    assert made.request.due_time.seconds - made.request.create_time.seconds == 30 * 24 * 3600
    done = await settled(platform, tenant, made.tracking_code.lower().replace("-", ""))
    assert {step.service: step.state for step in done.steps} == dict.fromkeys(
        ("chat", "identity", "privacy"), request_pb2.RequestStep.STATE_DONE
    )
    lines = {line.store: line for line in done.receipt.lines}
    assert lines["chat.messages"].emptied >= 1
    assert lines["chat.conversations"].emptied == 1
    assert lines["identity.visitor_credentials"].deleted == 1
    assert lines["privacy.requests"].emptied == 1
    assert done.receipt.bytes_gone_time.seconds > done.close_time.seconds
    assert done.receipt.backups_gone_time.seconds >= done.close_time.seconds + 35 * 24 * 3600
    with pytest.raises(Unauthenticated):
        await held(platform, zoe.token)
    officer = await tenant.member(OFFICER)
    seen = await platform.call(
        platform.requests.GetRequest,
        request_pb2.GetRequestRequest(privacy_request_id=made.request.id),
        token=officer.token,
    )
    assert seen.request.details == ""
    assert seen.request.subject_id not in ("", zoe.conversation.visitor_id)
