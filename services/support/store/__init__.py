"""Keeps tickets and all that belongs to them. It decides nothing."""
