"""Translates between the contract and the privacy service's actions, one module for each noun. It decides nothing."""
