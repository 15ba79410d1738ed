"""The survey's own pages, and the report of its results."""

from gateway.survey.pages import SurveyPages
from gateway.survey.report import SurveyReports

__all__ = ["SurveyPages", "SurveyReports"]
