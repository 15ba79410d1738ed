"""Serves `parley.identity.v1.SecondFactorService`."""

from __future__ import annotations

from parley.identity.v1 import second_factor_pb2 as pb
from parley.identity.v1 import second_factor_pb2_grpc

from kernel.rpc.gates import current_actor
from services.identity.actions import second_factors, signing_in
from services.identity.actions.wiring import Wiring
from services.identity.servicer.times import Context, stamp


def made_message(made: second_factors.Made | None) -> pb.NewSecondFactor | None:
    """Writes a secret on its way into an app; none stays none, which leaves the field unset."""
    if made is None:
        return None
    return pb.NewSecondFactor(
        secret=made.secret, otpauth_uri=made.otpauth_uri, qr_path=made.qr_path, qr_size=made.qr_size
    )


class SecondFactorServicer(second_factor_pb2_grpc.SecondFactorServiceServicer):
    """Serves `parley.identity.v1.SecondFactorService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def GetSecondFactor(self, request: pb.GetSecondFactorRequest, context: Context) -> pb.GetSecondFactorResponse:
        """Says how the caller signs in."""
        found, required = await second_factors.get_second_factor(current_actor(), self._wiring)
        return pb.GetSecondFactorResponse(
            is_on=found is not None,
            is_required=required,
            recovery_code_count=0 if found is None else found.recovery_codes_left,
            confirm_time=stamp(None if found is None else found.confirm_time),
        )

    async def StartSecondFactor(
        self, request: pb.StartSecondFactorRequest, context: Context
    ) -> pb.StartSecondFactorResponse:
        """Makes a secret for the caller's app."""
        made = await second_factors.start_second_factor(current_actor(), self._wiring)
        return pb.StartSecondFactorResponse(second_factor=made_message(made))

    async def ConfirmSecondFactor(
        self, request: pb.ConfirmSecondFactorRequest, context: Context
    ) -> pb.ConfirmSecondFactorResponse:
        """Takes the first code."""
        codes = await second_factors.confirm_second_factor(current_actor(), self._wiring, request.code)
        return pb.ConfirmSecondFactorResponse(recovery_codes=codes)

    async def RenewRecoveryCodes(
        self, request: pb.RenewRecoveryCodesRequest, context: Context
    ) -> pb.RenewRecoveryCodesResponse:
        """Makes new recovery codes."""
        codes = await second_factors.renew_recovery_codes(current_actor(), self._wiring)
        return pb.RenewRecoveryCodesResponse(recovery_codes=codes)

    async def RemoveSecondFactor(
        self, request: pb.RemoveSecondFactorRequest, context: Context
    ) -> pb.RemoveSecondFactorResponse:
        """Takes the caller's second factor away."""
        await second_factors.remove_second_factor(current_actor(), self._wiring)
        return pb.RemoveSecondFactorResponse()

    async def ResetSecondFactor(
        self, request: pb.ResetSecondFactorRequest, context: Context
    ) -> pb.ResetSecondFactorResponse:
        """Takes a colleague's second factor away."""
        await second_factors.reset_second_factor(current_actor(), self._wiring, request.staff_id)
        return pb.ResetSecondFactorResponse()

    async def ProveMe(self, request: pb.ProveMeRequest, context: Context) -> pb.ProveMeResponse:
        """Proves once more who the caller is."""
        until = await second_factors.prove_me(current_actor(), self._wiring, request.password, request.code)
        return pb.ProveMeResponse(fresh_until_time=stamp(until))

    async def FinishSignIn(self, request: pb.FinishSignInRequest, context: Context) -> pb.FinishSignInResponse:
        """Takes the code of a sign-in."""
        signed_in = await signing_in.finish_sign_in(self._wiring, request.challenge, request.code)
        return pb.FinishSignInResponse(
            session=signed_in.secret,
            expire_time=stamp(signed_in.expire_time),
            recovery_codes=signed_in.recovery_codes,
            known_device=signed_in.known_device,
        )
