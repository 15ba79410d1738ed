"""Decides what may be asked, what is taken, and what may be shown. It reads no clock, no database and no network."""
