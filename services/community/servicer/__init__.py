"""Serves the community contract: translates between messages and actions."""
