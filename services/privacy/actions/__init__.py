"""What the privacy service does for its callers."""
