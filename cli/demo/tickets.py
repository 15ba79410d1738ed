"""Seeds the demo's support desk: what people asked by the form, a promise, tags and a macro."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from parley.support.v1 import (
    change_pb2,
    level_pb2,
    level_pb2_grpc,
    macro_pb2,
    macro_pb2_grpc,
    queue_pb2,
    queue_pb2_grpc,
    ticket_pb2,
    ticket_pb2_grpc,
)

from kernel.errors import AlreadyExists
from kernel.rpc.channels import Channels

#: Who asks, about what, and in which words. All of them are made up.
ASKED = (
    ("Odile", "odile@people.example", "The basket forgets the last thing I put in", "On my phone, every second time."),
    ("", "k.brandt@people.example", "Two invoices for one order", "Order of last Tuesday. One of the two is enough."),
    ("Ravi", "ravi@people.example", "How do I change the delivery address?", "It was sent to my old flat, I think."),
    ("Mei", "mei@people.example", "The gift card is refused", "It says expired, and it is good until next year."),
)
MACRO = "Thank you for writing. We look at it today and answer here as soon as we know more."


async def seed_tickets(
    channels: Channels,
    token: str,
    site_url: str,
    anonymous: Callable[[], Awaitable[str]],
    request_id: Callable[[str], str],
) -> None:
    """Lets people ask, and sets up what staff work with; a second time, nothing new comes of it."""
    support = channels.of("support")
    await channels.call(
        level_pb2_grpc.LevelServiceStub(support).SetLevel,
        level_pb2.SetLevelRequest(
            triage_minutes=240,
            first_response_minutes=480,
            next_response_minutes=480,
            resolution_minutes=2400,
            warn_minutes=60,
        ),
        token=token,
    )
    tickets = ticket_pb2_grpc.TicketServiceStub(support)
    for number, (name, email, subject, words) in enumerate(ASKED):
        await channels.call(
            tickets.SubmitTicket,
            ticket_pb2.SubmitTicketRequest(
                email=email,
                site_url=site_url,
                description=words,
                display_name=name,
                subject=subject,
                request_id=request_id(f"ticket-{number}"),
            ),
            token=await anonymous(),
        )
    queues = queue_pb2_grpc.QueueServiceStub(support)
    for word in ("billing", "delivery", "shop"):
        try:
            await channels.call(
                queues.CreateTicketTag,
                queue_pb2.CreateTicketTagRequest(word=word, request_id=request_id(f"tag-{word}")),
                token=token,
            )
        except AlreadyExists:
            continue


async def seed_macro(channels: Channels, token: str, request_id: Callable[[str], str]) -> None:
    """Keeps a macro, as an agent would."""
    step = macro_pb2.MacroStep(kind=change_pb2.CHANGE_KIND_ANSWER, words=MACRO)
    try:
        await channels.call(
            macro_pb2_grpc.MacroServiceStub(channels.of("support")).CreateMacro,
            macro_pb2.CreateMacroRequest(label="We look at it", steps=[step], request_id=request_id("macro")),
            token=token,
        )
    except AlreadyExists:
        return
