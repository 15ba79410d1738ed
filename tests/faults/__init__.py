"""Faults under load: what may break is broken, and a checker that keeps the whole history decides what was lost."""
