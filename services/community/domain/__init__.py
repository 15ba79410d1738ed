"""Decides about communities; it knows no clock, no database and no network."""
