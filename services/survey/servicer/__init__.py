"""Serves the survey contract: translates between messages and actions."""
