"""How Parley's processes talk: servers with one ordered row of gates, channels, and live frames."""
