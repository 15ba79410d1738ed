"""What people are told, and what they can do about what is held of them."""
