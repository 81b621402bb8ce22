"""Text to campus and intents, with positions. Pure: texts in, values out."""

from intents.ingest.load import Loaded, load
from intents.ingest.names import nearest
from intents.ingest.say import sentence
from intents.ingest.say_zh import sentence_zh

__all__ = ["Loaded", "load", "nearest", "sentence", "sentence_zh"]
