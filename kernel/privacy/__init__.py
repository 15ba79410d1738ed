"""What the privacy options make happen, for every service at once."""
