"""A long and mixed load with replicas that die: idle and busy conversations, tickets, and readers of a community."""
