"""Use cases of communities; each owns its transaction."""
