"""The devices joined by the campus's cables, and packets followed through all of them."""
