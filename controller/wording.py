"""Words that text and pictures share."""

from __future__ import annotations

import re

from intents.model.evidence import Hop


def tagging(hop: Hop) -> str:
    """The tag before and after a hop."""
    before, after = (_tag(hop.vid_before, hop.pcp_before), _tag(hop.vid, hop.pcp))
    return after if before == after or not hop.out_port else f"{before} -> {after}"


def _tag(vid: int | None, pcp: int | None) -> str:
    return "untagged" if vid is None else f"VLAN {vid} PCP {pcp}"


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most so many characters, broken after a comma, else after a space; a longer word stays whole."""
    lines = [""]
    for part in re.findall(r"[^,]+,* *", text):
        for piece in [part] if len(part.rstrip()) <= width else re.findall(r"[^ ]+ *", part):
            if lines[-1] and len(lines[-1]) + len(piece.rstrip()) > width:
                lines.append("")
            lines[-1] += piece
    return [line.rstrip() for line in lines if line.strip()]
