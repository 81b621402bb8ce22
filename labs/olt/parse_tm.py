"""Queues and shapers of a datastore to their values: a tm-root with the profiles that it names."""

from __future__ import annotations

from lxml import etree

from labs.olt import config as c
from labs.olt.names import bbf
from labs.olt.reading import integer, value


class TmProfiles:
    """tm-profiles by name, to resolve a tm-root with."""

    def __init__(self, profiles: etree._Element | None) -> None:
        items = [] if profiles is None else list(profiles)
        m, s = "qos-traffic-mngt", "qos-shaping"
        self._maps = {
            item.findtext(bbf(m, "name"), default=""): tuple(
                sorted(
                    (integer(entry, bbf(m, "traffic-class-id"), 0), integer(entry, bbf(m, "local-queue-id"), 0))
                    for entry in item.iterfind(bbf(m, "mapping-entry"))
                )
            )
            for item in items
            if item.tag == bbf(m, "tc-id-2-queue-id-mapping-profile")
        }
        self._limits = {
            item.findtext(bbf(m, "name"), default=""): integer(item, bbf(m, "max-queue-size"))
            for item in items
            if item.tag == bbf(m, "bac-entry")
        }
        self._shapers = {
            item.findtext(bbf(s, "name"), default=""): item.find(bbf(s, "single-token-bucket"))
            for item in items
            if item.tag == bbf(s, "shaper-profile")
        }

    def root(self, item: etree._Element | None, space: str = "qos-traffic-mngt") -> c.TmRoot | None:
        """A tm-root; `space`: the module that its nodes belong to."""
        if item is None:
            return None
        tc_map = value(item, bbf(space, "tc-id-2-queue-id-mapping-profile-name"))
        shaper = value(item, bbf("qos-shaping", "shaper-name"))
        queues = (self._queue(queue, space) for queue in item.iterfind(bbf(space, "queue")))
        return c.TmRoot(
            queues=tuple(sorted(queues, key=lambda queue: queue.queue_id)),
            tc_to_queue=self._maps.get(tc_map or "", ()),
            tc_map=tc_map,
            pir_kbps=integer(self._shapers.get(shaper or ""), bbf("qos-shaping", "pir")),
            shaper=shaper,
            hierarchical=item.find(bbf("qos-enhanced-scheduling", "scheduler-node")) is not None,
        )

    def _queue(self, item: etree._Element, space: str) -> c.Queue:
        shaper = value(item, bbf("qos-shaping", "shaper-name"))
        bucket = self._shapers.get(shaper or "")
        return c.Queue(
            queue_id=integer(item, bbf(space, "local-queue-id"), 0),
            priority=integer(item, bbf(space, "priority"), 0),
            weight=integer(item, bbf(space, "weight"), 1),
            pir_kbps=integer(bucket, bbf("qos-shaping", "pir")),
            pbs_bytes=integer(bucket, bbf("qos-shaping", "pbs")),
            max_bytes=self._limits.get(value(item, bbf(space, "bac-name")) or ""),
            shaper=shaper,
        )
