"""Serves `parley.community.v1.ProofService`."""

from __future__ import annotations

import re

from parley.community.v1 import proof_pb2, proof_pb2_grpc

from kernel.limits import METADATA_ORIGIN
from kernel.rpc.gates import current_actor
from services.community.actions import proofs
from services.community.actions.wiring import Wiring
from services.community.servicer.times import Context, stamp

_FORMS = {proof_pb2.PROVEN_FORM_SIGN_UP: proofs.SIGN_UP, proof_pb2.PROVEN_FORM_REPORT: proofs.REPORT}
_ORIGIN = re.compile(r"[0-9a-f]{32}")


def origin_of(context: Context) -> str:
    """Returns the gateway's keyed hash of where the caller is; nothing where there is none, or it is something else."""
    sent = [value for key, value in context.invocation_metadata() or () if key == METADATA_ORIGIN]
    return sent[0] if len(sent) == 1 and isinstance(sent[0], str) and _ORIGIN.fullmatch(sent[0]) else ""


class ProofServicer(proof_pb2_grpc.ProofServiceServicer):
    """The RPC of calculations."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the action works with."""
        self._wiring = wiring

    async def GetChallenge(
        self, request: proof_pb2.GetChallengeRequest, context: Context
    ) -> proof_pb2.GetChallengeResponse:
        """Returns a challenge, where the community asks for one."""
        form = _FORMS[request.form]
        made = await proofs.get_challenge(current_actor(), self._wiring, form)
        if made is None:
            return proof_pb2.GetChallengeResponse()
        return proof_pb2.GetChallengeResponse(
            challenge=proof_pb2.Challenge(
                given=made.text,
                salt=made.salt,
                target=made.target,
                most=made.most,
                wait_seconds=int(proofs.LANES[form].wait.total_seconds()),
                expire_time=stamp(made.expire_time),
            )
        )
