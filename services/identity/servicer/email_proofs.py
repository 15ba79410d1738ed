"""Serves `parley.identity.v1.EmailProofService`."""

from __future__ import annotations

from parley.identity.v1 import email_proof_pb2, email_proof_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.identity.actions import email_proofs
from services.identity.actions.wiring import Wiring
from services.identity.domain import PROOF_CODE_LIFE, EmailProof, plain_email
from services.identity.servicer.times import Context, stamp


class EmailProofServicer(email_proof_pb2_grpc.EmailProofServiceServicer):
    """Serves `parley.identity.v1.EmailProofService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def StartEmailProof(
        self, request: email_proof_pb2.StartEmailProofRequest, context: Context
    ) -> email_proof_pb2.StartEmailProofResponse:
        """Mails a code."""
        actor, now = current_actor(), self._wiring.clock.now()
        proof = EmailProof(
            id=ids.random_id("prf"),
            email=plain_email(request.email),
            language=request.language or "en",
            bound=None,
            site_id=actor.site_id,
            tries=0,
            create_time=now,
            expire_time=now + PROOF_CODE_LIFE,
        )
        proof_id, end = await email_proofs.start_email_proof(actor, self._wiring, proof, request.request_id, request)
        return email_proof_pb2.StartEmailProofResponse(proof_id=proof_id, expire_time=stamp(end))

    async def FinishEmailProof(
        self, request: email_proof_pb2.FinishEmailProofRequest, context: Context
    ) -> email_proof_pb2.FinishEmailProofResponse:
        """Takes a code."""
        proved = await email_proofs.finish_email_proof(current_actor(), self._wiring, request.proof_id, request.code)
        return email_proof_pb2.FinishEmailProofResponse(
            email_proof=proved.secret,
            expire_time=stamp(proved.expire_time),
            conversations=[
                email_proof_pb2.ProvedConversation(
                    conversation_id=issued.actor.conversation_id,
                    visitor_credential=credential,
                    access_token=issued.token,
                    access_token_expire_time=stamp(issued.actor.expire_time),
                )
                for credential, issued in proved.conversations
            ],
        )

    async def CheckEmailProof(
        self, request: email_proof_pb2.CheckEmailProofRequest, context: Context
    ) -> email_proof_pb2.CheckEmailProofResponse:
        """Says whose a proof is."""
        proof, opened = await email_proofs.check_email_proof(current_actor(), self._wiring, request.email_proof)
        return email_proof_pb2.CheckEmailProofResponse(
            email=proof.email,
            language=proof.language,
            visitors=[
                email_proof_pb2.ProvedVisitor(
                    visitor_id=each.visitor_id, conversation_id=each.conversation_id, site_id=each.site_id
                )
                for each in opened
            ],
        )
