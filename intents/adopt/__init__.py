"""Brownfield: what OLTs hold that nobody wrote down, as texts to begin a project with. Pure: observations in, text out.

What is found is proposed, never taken: names without our prefix stay theirs until their owner removes them.
"""

from intents.adopt.discover import Found, FoundOnu, FoundUni, discover
from intents.adopt.text import campus_text, intents_text

__all__ = ["Found", "FoundOnu", "FoundUni", "campus_text", "discover", "intents_text"]
