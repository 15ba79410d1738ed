"""The demo: a house, two shops, people of every role, and talks that have been."""
