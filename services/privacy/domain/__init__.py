"""What the privacy service knows and decides, one module for each noun, without a clock, a database or a network."""
