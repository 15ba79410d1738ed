"""Serves the contract of the support desk: translates between messages and actions."""
