"""What is left for a way in the worst case, and for how long it waits: network calculus on the state as read."""
