"""Surveys on a page of their own, whole without a script and with cookies blocked, and the report for printing."""

from gateway.survey.pages import SurveyPages

__all__ = ["SurveyPages"]
