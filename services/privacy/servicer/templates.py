"""Serves templates."""

from __future__ import annotations

from typing import cast

from parley.privacy.v1 import template_pb2, template_pb2_grpc

from kernel.rpc.gates import current_actor
from services.privacy.actions import templates
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.templates import Template
from services.privacy.servicer.times import Context


def template_message(template: Template) -> template_pb2.Template:
    """Writes a template, without its text."""
    return template_pb2.Template(
        template=template.name,
        kind=cast("template_pb2.Template.Kind.ValueType", template.kind),
        language=template.language,
        title=template.title,
        gaps=[
            template_pb2.TemplateGap(gap=gap.name, label=gap.label, hint=gap.hint, required=gap.required)
            for gap in template.gaps
        ],
    )


class TemplateServicer(template_pb2_grpc.TemplateServiceServicer):
    """Serves `parley.privacy.v1.TemplateService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ListTemplates(
        self, request: template_pb2.ListTemplatesRequest, context: Context
    ) -> template_pb2.ListTemplatesResponse:
        """Lists the templates."""
        return template_pb2.ListTemplatesResponse(
            templates=[template_message(template) for template in templates.list_templates()]
        )

    async def FillTemplate(
        self, request: template_pb2.FillTemplateRequest, context: Context
    ) -> template_pb2.FillTemplateResponse:
        """Writes a draft."""
        template, draft = await templates.fill_template(
            current_actor(), self._wiring, request.template, {each.gap: each.value for each in request.fillings}
        )
        return template_pb2.FillTemplateResponse(
            text=draft.text,
            sentences=[
                template_pb2.DraftSentence(text=sentence.text, clauses=sentence.clauses) for sentence in draft.sentences
            ],
            language=template.language,
        )
