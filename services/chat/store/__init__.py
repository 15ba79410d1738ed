"""Keeps conversations and what is said in them. It decides nothing."""
