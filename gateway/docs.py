"""Serves the description of the API: `/openapi.json`, the readable page of it, and what its errors mean."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway import openapi
from gateway.contract import Contract
from gateway.pages import Pages

_MEANINGS = (
    (400, "The request could not be read, or breaks a rule; the fields say which."),
    (401, "There is no credential, or none that is good any more."),
    (403, "The credential is good and does not reach this far, or the page is not the one that holds the session."),
    (404, "There is no such thing. Another tenant's things look the same."),
    (409, "The thing is not in a state for this, or somebody else changed it first."),
    (413, "The request is larger than 1 MiB."),
    (415, "The body is not application/json."),
    (429, "Too many requests in a short time."),
    (500, "A fault of ours. Nothing was kept."),
    (503, "It cannot be done now. Nothing was kept."),
    (504, "The answer took too long."),
)

_CLOSE_CODES = (
    (1003, "A text where bytes were agreed upon, or the other way round."),
    (1007, "The first frame could not be read."),
    (1012, "The server goes away, or its stream was lost. Come back at once, at your cursor."),
    (1013, "It cannot be served now. Come back later."),
    (4401, "The token is missing, expired or not valid. Fetch a fresh one."),
    (4403, "The token was revoked."),
    (4408, "No first frame came within ten seconds."),
    (4413, "A frame was larger than 64 KiB."),
    (4429, "Too many sockets."),
)


class Docs:
    """The endpoints that describe the API; everything is rendered once, at start."""

    def __init__(self, contract: Contract, server: str, pages: Pages) -> None:
        """Takes the contract, the API's origin, and the pages."""
        document = openapi.document(contract, server)
        self._document = orjson.dumps(document, option=orjson.OPT_INDENT_2)
        live = document["x-parley-live"]
        self._page = pages.render(
            "docs.html",
            groups=_groups(document),
            client_frames=_rows(document, live["clientFrame"]),
            server_frames=_rows(document, live["serverFrame"]),
            close_codes=_CLOSE_CODES,
        )
        self._problems = pages.render("problem.html", meanings=_MEANINGS)

    async def document(self, scope: Scope, receive: Receive) -> Response:
        """Answers `GET /openapi.json`."""
        # The document says nothing that is not public, so that tools on any page may read it.
        headers = {"cache-control": "public, max-age=300", "access-control-allow-origin": "*"}
        return Response(self._document, media_type="application/json", headers=headers)

    async def page(self, scope: Scope, receive: Receive) -> Response:
        """Answers `GET /docs`."""
        return self._page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers `GET /problems/…`: one page says what all errors mean."""
        await self._problems(scope, receive, send)


def _groups(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Arranges the document for reading: the calls of each service, with their parameters and fields in tables."""
    groups = {tag["name"]: {"name": tag["name"], "about": tag["description"], "calls": []} for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            groups[operation["tags"][0]]["calls"].append(_call(document, path, verb, operation))
    return list(groups.values())


def _call(document: dict[str, Any], path: str, verb: str, operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    [(media_type, answer)] = operation["responses"]["200"]["content"].items()
    return {
        "id": operation["operationId"],
        "verb": verb.upper(),
        "path": path,
        "description": operation["description"],
        "callers": [each.lower().replace("_", " ") for each in operation["x-parley-callers"]],
        "scope": operation.get("x-parley-scope", ""),
        "recorded": operation.get("x-parley-recorded", False),
        "parameters": [
            _row(document, each["name"], each["schema"], each["description"], each["in"])
            for each in operation.get("parameters", [])
        ],
        "fields": _rows(document, body),
        "answer": _rows(document, answer["schema"]),
        "stream": media_type == "text/event-stream",
    }


def _rows(document: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, str]]:
    properties = _resolve(document, schema).get("properties", {})
    return [_row(document, name, each, each.get("description", ""), "") for name, each in properties.items()]


def _resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference: str = schema.get("$ref", "")
    found: dict[str, Any] = document["components"]["schemas"][reference.rsplit("/", 1)[-1]] if reference else schema
    return found


def _row(document: dict[str, Any], name: str, schema: dict[str, Any], description: str, where: str) -> dict[str, str]:
    return {"name": name, "where": where, "type": _type(document, schema), "description": description}


def _type(document: dict[str, Any], schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        found = _resolve(document, schema)
        name = schema["$ref"].rsplit("/", 1)[-1].split(".", 2)[-1]
        return " · ".join(found["enum"]) if "enum" in found else name
    if schema.get("type") == "array":
        return f"list of {_type(document, schema['items'])}"
    if "allOf" in schema:
        return " · ".join(schema["enum"])
    if schema.get("type") == "object":
        return f"map to {_type(document, schema['additionalProperties'])}"
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    limits = [
        f"{label} {schema[keyword]}"
        for keyword, label in (("minLength", "at least"), ("maxLength", "at most"), ("minimum", "from"))
        if keyword in schema
    ]
    return ", ".join([schema.get("format", kind), *limits])
