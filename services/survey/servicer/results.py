"""Serves `parley.survey.v1.ResultService`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from parley.survey.v1 import result_pb2, result_pb2_grpc

from kernel.rpc.gates import current_actor
from services.survey.actions import batches, results
from services.survey.actions.results import QuestionShown
from services.survey.actions.wiring import Wiring
from services.survey.servicer.times import Context, stamp

_PIECE = 64 * 1024


def _dimension(number: int) -> str:
    name = result_pb2.Dimension.Name(result_pb2.Dimension.ValueType(number)).removeprefix("DIMENSION_").lower()
    return "" if name == "unspecified" else name


def _named(dimension: str) -> result_pb2.Dimension.ValueType:
    return result_pb2.Dimension.Value(f"DIMENSION_{dimension.upper()}")


def _question(shown: QuestionShown) -> result_pb2.QuestionResult:
    return result_pb2.QuestionResult(
        question_id=shown.question.id,
        kind=shown.question.kind,
        text=shown.question.text,
        cells=[
            result_pb2.Cell(value=value, count=count) for value, count in zip(shown.values, shown.counts, strict=True)
        ],
        labels=shown.labels,
        count=shown.count,
        score=shown.score,
    )


class ResultServicer(result_pb2_grpc.ResultServiceServicer):
    """The RPCs of what all answers together say."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def GetResults(
        self, request: result_pb2.GetResultsRequest, context: Context
    ) -> result_pb2.GetResultsResponse:
        """Returns results."""
        shown = await results.get_results(
            current_actor(),
            self._wiring,
            request.survey_id,
            _dimension(request.dimension),
            request.value,
            request.language,
        )
        response = result_pb2.GetResultsResponse(
            threshold=shown.threshold,
            seal_time=stamp(shown.seal_time),
            count=shown.count,
            questions=[_question(each) for each in shown.questions],
            dimensions=[
                result_pb2.DimensionValues(
                    dimension=_named(name),
                    cells=[result_pb2.Cell(value=value, count=count) for value, count in cells],
                )
                for name, cells in shown.dimensions.items()
                if cells
            ],
            title=shown.title,
        )
        if shown.funnel is not None:
            offered, opened, passed, submitted = shown.funnel
            response.funnel.CopyFrom(
                result_pb2.Funnel(offered=offered, opened=opened, age_passed=passed, submitted=submitted)
            )
        return response

    async def GetBreakdown(
        self, request: result_pb2.GetBreakdownRequest, context: Context
    ) -> result_pb2.GetBreakdownResponse:
        """Returns the scores by every dimension."""
        threshold, parts = await results.get_breakdown(current_actor(), self._wiring, request.survey_id)
        return result_pb2.GetBreakdownResponse(
            threshold=threshold,
            values=[
                result_pb2.Breakdown(
                    dimension=_named(each.dimension),
                    value=each.value,
                    count=each.count,
                    scores=[
                        result_pb2.Score(question_id=shown.question.id, count=shown.count, score=shown.score)
                        for shown in each.questions
                        if shown.score is not None
                    ],
                )
                for each in parts
            ],
        )

    async def GetTrend(self, request: result_pb2.GetTrendRequest, context: Context) -> result_pb2.GetTrendResponse:
        """Returns one question month by month."""
        threshold, months = await results.get_trend(
            current_actor(), self._wiring, request.survey_id, request.question_id
        )
        return result_pb2.GetTrendResponse(
            threshold=threshold,
            months=[result_pb2.Month(month=month, result=_question(shown)) for month, shown in months],
        )

    async def CrossTabulate(
        self, request: result_pb2.CrossTabulateRequest, context: Context
    ) -> result_pb2.CrossTabulateResponse:
        """Returns one question by another one, or by a dimension."""
        table = await results.cross_tabulate(
            current_actor(),
            self._wiring,
            request.survey_id,
            request.question_id,
            request.by_question_id,
            _dimension(request.dimension),
        )
        return result_pb2.CrossTabulateResponse(
            threshold=table.threshold,
            values=table.values,
            labels=table.labels,
            rows=[result_pb2.Row(value=value, label=label, counts=counts) for value, label, counts in table.rows],
        )

    async def ExportResults(
        self, request: result_pb2.ExportResultsRequest, context: Context
    ) -> AsyncIterator[result_pb2.ExportResultsResponse]:
        """Hands out all counts."""
        pieces = await results.export_results(current_actor(), self._wiring, request.survey_id)
        yield result_pb2.ExportResultsResponse(content_type="text/csv; charset=utf-8", filename="survey-results.csv")
        waiting = b""
        for piece in pieces:
            waiting += piece
            if len(waiting) >= _PIECE:
                yield result_pb2.ExportResultsResponse(data=waiting)
                waiting = b""
        if waiting:
            yield result_pb2.ExportResultsResponse(data=waiting)

    async def SealResponses(
        self, request: result_pb2.SealResponsesRequest, context: Context
    ) -> result_pb2.SealResponsesResponse:
        """Seals what there is enough of."""
        sealed = await batches.seal_tenant(self._wiring, current_actor().tenant_id)
        return result_pb2.SealResponsesResponse(sealed_count=sealed)
