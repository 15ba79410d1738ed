"""Keeps surveys, responses and what is counted of them. It decides nothing."""
