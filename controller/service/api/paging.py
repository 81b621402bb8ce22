"""Pages: a token says what came last, so that what comes and goes meanwhile moves nothing else."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from intents.model.diagnostic import ClearwayError, Diagnostic

Item = TypeVar("Item")
DEFAULT_PAGE: Final = 100
MAX_PAGE: Final = 1000
_MARK: Final = "after:"  # what all our tokens begin with


def page(items: Sequence[Item], key: Callable[[Item], str], size: int, token: str) -> tuple[Sequence[Item], str]:
    """The items after a token's, at most `size` (0: 100), and the token of the next page. items: sorted by key.

    Raises ClearwayError: a size below 0, a token that is not ours.
    """
    if size < 0:
        raise ClearwayError(
            Diagnostic(code="bad-page-size", message=f"the page size is {size}", hint="0 or more; 0 means 100")
        )
    after = _last(token)
    left = [item for item in items if key(item) > after] if token else items
    found = left[: min(size or DEFAULT_PAGE, MAX_PAGE)]
    more = len(left) > len(found)
    return found, base64.urlsafe_b64encode(f"{_MARK}{key(found[-1])}".encode()).decode() if more else ""


def _last(token: str) -> str:
    if not token:
        return ""
    try:
        said = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        said = ""
    if not said.startswith(_MARK):
        raise ClearwayError(
            Diagnostic(code="bad-page-token", message="the page token is not one of ours", hint="list from the start")
        )
    return said.removeprefix(_MARK)
