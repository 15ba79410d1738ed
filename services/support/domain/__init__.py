"""Decides what a ticket may become, and by when. It reads no clock, no database and no network."""
