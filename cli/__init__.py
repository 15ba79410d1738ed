"""The `parley` command: starts, migrates, seeds and looks after a deployment."""
