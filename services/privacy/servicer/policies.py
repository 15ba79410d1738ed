"""Serves policies."""

from __future__ import annotations

from parley.privacy.v1 import policy_pb2, policy_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.privacy.actions import policies
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.policies import Policy, content_hash
from services.privacy.servicer.notices import change_messages
from services.privacy.servicer.times import Context, stamp


def policy_message(policy: Policy) -> policy_pb2.Policy:
    """Writes a version of a policy."""
    return policy_pb2.Policy(
        id=policy.id,
        version=policy.version,
        language=policy.language,
        text=policy.text,
        content_hash=policy.content_hash,
        material=policy.material,
        change_summary=policy.change_summary,
        effective_time=stamp(policy.effective_time),
    )


class PolicyServicer(policy_pb2_grpc.PolicyServiceServicer):
    """Serves `parley.privacy.v1.PolicyService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def PublishPolicy(
        self, request: policy_pb2.PublishPolicyRequest, context: Context
    ) -> policy_pb2.PublishPolicyResponse:
        """Publishes a version."""
        policy = Policy(
            id=ids.new_id("pol"),
            language=request.language,
            version=0,
            text=request.text,
            content_hash=content_hash(request.text),
            material=request.material,
            change_summary=request.change_summary,
            effective_time=self._wiring.clock.now(),
        )
        published = await policies.publish_policy(current_actor(), self._wiring, policy, request.request_id, request)
        return policy_pb2.PublishPolicyResponse(policy=policy_message(published))

    async def GetPolicy(self, request: policy_pb2.GetPolicyRequest, context: Context) -> policy_pb2.GetPolicyResponse:
        """Returns a version."""
        found = await policies.get_policy(current_actor(), self._wiring, request.policy_id)
        return policy_pb2.GetPolicyResponse(policy=policy_message(found))

    async def GetCurrentPolicy(
        self, request: policy_pb2.GetCurrentPolicyRequest, context: Context
    ) -> policy_pb2.GetCurrentPolicyResponse:
        """Returns the version in force."""
        found = await policies.get_current_policy(current_actor(), self._wiring, request.language)
        return policy_pb2.GetCurrentPolicyResponse(policy=policy_message(found))

    async def ListPolicies(
        self, request: policy_pb2.ListPoliciesRequest, context: Context
    ) -> policy_pb2.ListPoliciesResponse:
        """Lists versions."""
        found, following = await policies.list_policies(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return policy_pb2.ListPoliciesResponse(
            policies=[policy_message(policy) for policy in found], next_page_token=following
        )

    async def DiffPolicies(
        self, request: policy_pb2.DiffPoliciesRequest, context: Context
    ) -> policy_pb2.DiffPoliciesResponse:
        """Compares two versions."""
        changes = await policies.diff_policies(
            current_actor(), self._wiring, request.from_policy_id, request.to_policy_id
        )
        return policy_pb2.DiffPoliciesResponse(changes=change_messages(changes))

    async def PreviewPolicy(
        self, request: policy_pb2.PreviewPolicyRequest, context: Context
    ) -> policy_pb2.PreviewPolicyResponse:
        """Compares a draft with the version in force."""
        current, changes = await policies.preview_policy(current_actor(), self._wiring, request.language, request.text)
        return policy_pb2.PreviewPolicyResponse(
            from_policy_id="" if current is None else current.id, changes=change_messages(changes)
        )
