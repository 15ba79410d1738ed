"""Communities: members, spaces, topics and posts, under terms of their own."""
