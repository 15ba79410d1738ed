"""Runs the `parley` command."""

from kernel import collector

with collector.resting():
    from cli.main import main

if __name__ == "__main__":
    main()
