"""What the YAML parser complains of, in words that a hospital's engineer can act upon."""

from __future__ import annotations

from typing import Final

# A piece of the parser's message (libyaml's or PyYAML's) -> what is wrong, what to do. The first that fits counts.
_WORDS: Final = (
    ("nesting depth", "brackets nested too deep", "look for brackets that are not closed"),
    (
        "mapping values are not allowed",
        "a ':' stands where no key can be",
        "put the value in quotes if it contains ': ', or check that the line is indented like its neighbours",
    ),
    (
        "could not find expected ':'",
        "a key without ':' and value",
        "write `key: value`; a text that goes over several lines needs quotes or `|`",
    ),
    ("cannot start any token", "a character that cannot start a value", "indent with spaces, never tabs; quote it"),
    ("tab", "a tab where spaces are needed", "indent with spaces"),
    ("unexpected end of stream", "the file ends inside a quoted text or a bracket", "close the quote or bracket"),
    ("quoted scalar", "a quoted text that is not closed or has a wrong escape", "close the quote; write \\\\ for \\"),
    ("did not find expected key", "a line that does not fit its neighbours", "check the indentation of this line"),
    ("did not find expected '-' indicator", "a list item that does not fit its list", "check the indentation"),
    ("expected <block end>", "a line that does not fit its neighbours", "check the indentation of this line"),
    ("flow sequence", "a '[' list that is not closed, or lacks a comma", "write `[a, b]`"),
    ("flow mapping", "a '{' map that is not closed, or lacks a comma", "write `{a: 1, b: 2}`"),
    ("flow node", "a bracket or comma in the wrong place", "check the brackets and commas before here"),
    ("',' or ']'", "a '[' list that is not closed, or lacks a comma", "write `[a, b]`"),
    ("',' or '}'", "a '{' map that is not closed, or lacks a comma", "write `{a: 1, b: 2}`"),
    ("tag", "a tag ('!...') that is not plain YAML", "remove the tag"),
    ("anchor", "an anchor or alias ('&' or '*') without a good name", "quote the text if it starts with & or *"),
    ("alias", "an anchor or alias ('&' or '*') without a good name", "quote the text if it starts with & or *"),
    ("<document start>", "text after the end of the document", "separate documents by a line `---`"),
    ("directive", "a line with '%' that YAML does not know", "remove the line, or quote the text"),
    ("version", "a YAML version that is not understood", "remove the %YAML line"),
    ("block entry", "a '-' where no list can be", "put the list on its own lines, or write `[a, b]`"),
    ("block sequence entries", "a '-' where no list can be", "put the list on its own lines, or write `[a, b]`"),
    ("special characters", "a control character", "remove it; save the file as UTF-8 text"),
    ("control characters", "a control character", "remove it; save the file as UTF-8 text"),
)


def in_words(problem: str) -> tuple[str, str]:
    """Message and hint for a problem as the parser words it."""
    for piece, message, hint in _WORDS:
        if piece in problem:
            return f"this is not YAML: {message}", hint
    return f"this is not YAML: {problem or 'it cannot be read'}", "check this line and the one before"
