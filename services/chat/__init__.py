"""Live conversations between visitors and operators."""
