"""Serves `parley.support.v1.RuleService`."""

from __future__ import annotations

from collections.abc import Iterable

from parley.support.v1 import change_pb2, macro_pb2, rule_pb2, rule_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from kernel.rpc.moments import Context, stamp
from services.support.actions import rules
from services.support.actions.wiring import Wiring
from services.support.domain.changes import Asked
from services.support.domain.rules import Condition, Rule
from services.support.servicer.messages import an_id


def _rule(rule: Rule) -> rule_pb2.Rule:
    return rule_pb2.Rule(
        id=an_id("rul", rule.id),
        label=rule.label,
        trigger=rule_pb2.Trigger.ValueType(rule.trigger),
        conditions=[
            rule_pb2.Condition(kind=rule_pb2.ConditionKind.ValueType(each.kind), value=each.value)
            for each in rule.conditions
        ],
        steps=[
            macro_pb2.MacroStep(kind=change_pb2.ChangeKind.ValueType(each.kind), value=each.value, words=each.text)
            for each in rule.steps
        ],
        is_on=rule.is_on,
        etag=str(rule.revision),
    )


def _conditions(found: Iterable[rule_pb2.Condition]) -> list[Condition]:
    return [Condition(kind=each.kind, value=each.value) for each in found]


def _steps(steps: Iterable[macro_pb2.MacroStep]) -> list[Asked]:
    return [Asked(kind=each.kind, value=each.value, text=each.words) for each in steps]


class RuleServicer(rule_pb2_grpc.RuleServiceServicer):
    """The RPCs of rules."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateRule(self, request: rule_pb2.CreateRuleRequest, context: Context) -> rule_pb2.CreateRuleResponse:
        """Keeps a rule."""
        made = Rule(
            id=ids.new_uuid(),
            label=request.label,
            trigger=request.trigger,
            conditions=_conditions(request.conditions),
            steps=_steps(request.steps),
            is_on=request.is_on,
        )
        kept = await rules.create_rule(current_actor(), self._wiring, made, request.request_id, request)
        return rule_pb2.CreateRuleResponse(rule=_rule(kept))

    async def ListRules(self, request: rule_pb2.ListRulesRequest, context: Context) -> rule_pb2.ListRulesResponse:
        """Lists rules."""
        found = await rules.list_rules(current_actor(), self._wiring)
        return rule_pb2.ListRulesResponse(rules=[_rule(each) for each in found])

    async def UpdateRule(self, request: rule_pb2.UpdateRuleRequest, context: Context) -> rule_pb2.UpdateRuleResponse:
        """Changes a rule."""
        wanted = Rule(
            id=ids.to_uuid(request.rule_id, "rul"),
            label=request.label,
            trigger=request.trigger,
            conditions=_conditions(request.conditions),
            steps=_steps(request.steps),
            is_on=request.is_on,
        )
        changed = await rules.update_rule(current_actor(), self._wiring, wanted, request.etag)
        return rule_pb2.UpdateRuleResponse(rule=_rule(changed))

    async def DeleteRule(self, request: rule_pb2.DeleteRuleRequest, context: Context) -> rule_pb2.DeleteRuleResponse:
        """Deletes a rule."""
        await rules.delete_rule(current_actor(), self._wiring, ids.to_uuid(request.rule_id, "rul"))
        return rule_pb2.DeleteRuleResponse()

    async def TryRule(self, request: rule_pb2.TryRuleRequest, context: Context) -> rule_pb2.TryRuleResponse:
        """Says what a rule would do."""
        tried, looked_at = await rules.try_rule(
            current_actor(), self._wiring, _conditions(request.conditions), _steps(request.steps)
        )
        return rule_pb2.TryRuleResponse(
            tickets=[
                rule_pb2.TriedTicket(ticket_id=an_id("tkt", each.ticket_id), kinds=each.kinds, refusal=each.refusal)
                for each in tried
            ],
            looked_at=looked_at,
        )

    async def ListRuleRuns(
        self, request: rule_pb2.ListRuleRunsRequest, context: Context
    ) -> rule_pb2.ListRuleRunsResponse:
        """Lists what rules did."""
        rule_id = ids.to_uuid(request.rule_id, "rul") if request.rule_id else None
        found = await rules.list_runs(current_actor(), self._wiring, rule_id)
        return rule_pb2.ListRuleRunsResponse(
            runs=[
                rule_pb2.RuleRun(
                    id=an_id("run", each.id),
                    rule_id=an_id("rul", each.rule_id),
                    ticket_id=an_id("tkt", each.ticket_id),
                    refusal=each.refusal,
                    time=stamp(each.time),
                )
                for each in found
            ]
        )
