"""What is done by itself: tried without a trace, done once, written down, and set off by nothing that a rule did."""

from __future__ import annotations

from parley.support.v1 import change_pb2, macro_pb2, record_pb2, rule_pb2, rule_pb2_grpc

from tests.platform import Platform
from tests.support.desk import a_desk


def a_step(kind: str, value: str = "", words: str = "") -> macro_pb2.MacroStep:
    """Returns a step."""
    return macro_pb2.MacroStep(kind=change_pb2.ChangeKind.Value(f"CHANGE_KIND_{kind}"), value=value, words=words)


async def test_a_rule_is_tried_then_acts_and_sets_off_no_other(platform: Platform) -> None:
    desk = await a_desk(platform)
    stub = rule_pb2_grpc.RuleServiceStub(platform.support)
    tag = await desk.tag("invoice")
    before = await desk.submit("An INVOICE is wrong.")
    about = rule_pb2.Condition(kind=rule_pb2.CONDITION_KIND_SUBJECT_HAS, value="invoice")
    steps = [a_step("ACCEPT"), a_step("ADD_TAG", tag)]
    tried = await desk.call(stub.TryRule, rule_pb2.TryRuleRequest(conditions=[about], steps=steps), desk.lead)
    assert [(each.ticket_id, list(each.kinds)) for each in tried.tickets] == [(before, ["STATE_CHANGED", "TAGGED"])]
    assert (await desk.get(before)).ticket.state == record_pb2.STATE_TRIAGE  # Nothing was changed.
    rule = await desk.call(
        stub.CreateRule,
        rule_pb2.CreateRuleRequest(
            label="Invoices", trigger=rule_pb2.TRIGGER_OPENED, conditions=[about], steps=steps, is_on=True
        ),
        desk.lead,
    )
    # It would answer its own kind of deed for ever, were rules set off by rules.
    await desk.call(
        stub.CreateRule,
        rule_pb2.CreateRuleRequest(
            label="Echo",
            trigger=rule_pb2.TRIGGER_STATE_CHANGED,
            steps=[a_step("SET_STATE", "WAITING_ON_US"), a_step("SET_STATE", "OPEN")],
            is_on=True,
        ),
        desk.lead,
    )
    after, other = await desk.submit("Which invoice?"), await desk.submit("Something else.")
    found = await desk.get(after)
    assert (found.ticket.state, list(found.ticket.tag_ids)) == (record_pb2.STATE_OPEN, [tag])
    assert {each.rule_id for each in found.events if each.kind != "OPENED"} == {rule.rule.id}
    assert (await desk.get(other)).ticket.state == record_pb2.STATE_TRIAGE
    await desk.change(other, ("ACCEPT",))
    assert [each.kind for each in (await desk.get(other)).events].count("STATE_CHANGED") == 3
    runs = (await desk.call(stub.ListRuleRuns, rule_pb2.ListRuleRunsRequest(rule_id=rule.rule.id), desk.lead)).runs
    assert [(each.ticket_id, each.refusal) for each in runs] == [(after, "")]
