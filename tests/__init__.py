"""The tests: one folder for each suite, named in tools/suites.py with its time budget."""
