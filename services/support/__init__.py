"""The support desk: what people ask for help with, and what staff do about it."""
