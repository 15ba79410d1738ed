"""What chat does for its callers: each action decides by the domain and owns its transaction."""
