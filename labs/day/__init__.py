"""A hospital's day on a lab with packets, in a minute: who sends what at which hour, and what he gets."""
