"""One packet for people: natural, with its way, all that are like it, and what is to blame."""
