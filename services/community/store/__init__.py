"""Reads and writes the tables of communities; it decides nothing."""
