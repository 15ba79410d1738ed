"""Translates between the contract and chat's actions. It decides nothing."""
