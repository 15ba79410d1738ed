"""Sealed backups: one encrypted file for each, in two places, with records that are chained to one another.

Whoever makes them holds a public key only, so that neither the host nor the second place can read what it keeps. A
module each for the keys and the form of a file (`stream`), what is in it (`packing`), where it lies (`places`), the
records (`chain`), and what the command does: `taking`, `checking`, `drill`.
"""
