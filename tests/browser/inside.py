"""Calls a running demo as one of its own processes does, for what people and their clients cannot ask for."""

from __future__ import annotations

from dataclasses import replace

from parley.survey.v1 import result_pb2, result_pb2_grpc

from kernel.config import Config, deployment_key
from kernel.rpc.channels import Channels
from tests.command import Command, Demo


async def seal_responses(run: Command, tenant_id: str) -> int:
    """Counts the answers of a tenant now, as every hour, and returns how many there were."""
    services = Demo.read(run.data_dir).document["services"]
    config = replace(Config.from_env({}), secret_key=deployment_key(run.data_dir))
    channels = Channels(config.with_addresses({name: (address,) for name, address in services.items()}), "survey")
    try:
        stub = result_pb2_grpc.ResultServiceStub(channels.of("survey"))
        sealed = await channels.call(stub.SealResponses, result_pb2.SealResponsesRequest(), tenant_id=tenant_id)
        return int(sealed.sealed_count)
    finally:
        await channels.close()
