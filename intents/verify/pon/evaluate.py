"""A PON as its OLT's read-back state has it: ONU, GEM ports and T-CONTs, OLT forwarder, uplink, and back.

After TR-383 (sub-interfaces, forwarding), TR-385 (v-ani, olt-v-enet, T-CONT, GEM port) and docs/architecture.md. What
is not configured does not forward. A frame for an address that the forwarding database does not pin down is flooded
to every port that split horizon leaves: wherever it may have been learnt is among those.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import NamedTuple

from intents.model.campus import Campus, Endpoint, Olt, Onu
from intents.model.pon import Forwarder, GemPort, TagMatch, TmRoot, VlanSubInterface
from intents.model.state import Observation
from intents.verify.packets.atoms import Atoms
from intents.verify.packets.flood import Flood, Flooded, carried
from intents.verify.packets.packet import Header, TagCut, mac_text
from intents.verify.packets.steps import Alternative, Copy, Limit, QueueUse, Said, Step
from intents.verify.pon.config import PonConfig, Uni, queues_of
from intents.verify.pon.forwarder import Forwarding
from intents.verify.pon.rules import Classified, ingress, rewrite, tag_cut


class _GoesOn(NamedTuple):
    """Frames at a forwarder: how they came in, by which sub-interface and port of it, and the steps so far."""

    found: Classified
    home: VlanSubInterface
    step: Step
    before: tuple[Step, ...]
    forwarder: Forwarder
    port: str


class PonModel:
    """One OLT with its ONUs. Frames enter by a UNI or an uplink and leave by one."""

    def __init__(self, campus: Campus, olt: Olt, observation: Observation | None, atoms: Atoms) -> None:
        self.name = olt.name
        self.atoms = atoms
        self.config = PonConfig(observation)
        self.forwarding = Forwarding(self.config, atoms)
        self.onus = {onu.serial: onu for onu in campus.onus.values() if onu.pon.olt == olt.name}
        self._by_name = {onu.name: onu for onu in self.onus.values()}
        self._cabled = frozenset(end for link in campus.links for end in (link.a, link.b))
        # Of frames that differ in what they carry only, the one that was followed, and what becomes of it.
        self._followed: dict[tuple[object, ...], tuple[Header, tuple[Alternative, ...]]] = {}
        self._uplinks = {
            found.name: port for port in sorted(olt.uplinks) if (found := self.config.uplink(port)) is not None
        }

    def evaluate(self, port: Endpoint, header: Header, *, ever: bool = False) -> tuple[Alternative, ...]:  # noqa: ARG002
        """What happens to an opened header that enters by a UNI of an ONU or an uplink of the OLT. ever: no difference
        here, for what an OLT learns is never told from what it may learn."""
        if not self.config.read:
            step = Step(device=port.device, in_port=port.port, decided=(Said("state was not read"),), blame=self.name)
            return (Alternative(share=header, copies=(), last=step, doubt=f"{self.name}: its state was not read"),)
        if header.more:  # what is behind a tag may come to light
            return self._evaluated(port, header)
        key = (port, header.tags, header.get("eth_dst"), header.get("eth_src"))
        if key not in self._followed:
            self._followed[key] = (header, self._evaluated(port, header))
        followed, found = self._followed[key]
        if followed == header:
            return found
        return tuple(carried(alternative, lambda made: made.carrying(header)) for alternative in found)

    def _evaluated(self, port: Endpoint, header: Header) -> tuple[Alternative, ...]:
        onu = self._by_name.get(port.device)
        if onu is not None:
            return tuple(self._up(onu, port, header))
        return tuple(self._down(port, header))

    def cabled(self) -> frozenset[Endpoint]:
        """The ports of the OLT and its ONUs that lead to another device."""
        return frozenset(end for end in self._cabled if end.device == self.name or end.device in self._by_name)

    def looks_at_macs(self) -> bool:
        """Whether it holds any MAC address."""
        return any(fdb.static for fdb in self.config.fdbs.values())

    # --- upstream

    def _up(self, onu: Onu, port: Endpoint, header: Header) -> Iterator[Alternative]:
        base = Step(device=onu.name, in_port=port.port, decided=(), blame=onu.name, before=header, after=header)
        uni = self.config.uni(onu, port.port)
        if isinstance(uni, str):
            yield _drop(header, base, uni, uni)
            return
        if uni.gap:
            yield _drop(header, base, uni.gap, uni.v_ani.name)
        for found in ingress(self.config, self.atoms, uni.interface.name, self.name, header):
            for made in self._to_gem(uni, base, found):
                yield made if not uni.gap else made._replace(now=False)

    def _to_gem(self, uni: Uni, base: Step, found: Classified) -> Iterator[Alternative]:
        step = _classified(self.name, base, found, uni.interface.name)
        if found.doubt or found.subif is None:
            yield _ended(step, found)
            return
        tc = found.traffic_class
        gems = [g for g in self.config.gems_of(uni.venet.name, tc) if g.tcont is not None]
        if not gems:
            what = f"GEM port of {uni.venet.name} for traffic class {tc}"
            yield _drop(found.header, step, f"no {what}", what)
            return
        if len({g.tcont for g in gems}) > 1:
            names = " and ".join(g.name for g in gems)
            doubt = f"{self.name}: {names} carry traffic class {tc} in different T-CONTs"
            yield Alternative(share=found.header, copies=(), last=step, doubt=doubt)
            return
        gem = gems[0]
        tcont = self.config.tconts.get(gem.tcont or "")
        if tcont is None or tcont.v_ani != uni.v_ani.name:
            yield _drop(found.header, step, f"T-CONT {gem.tcont} of {gem.name} is not there", f"T-CONT {gem.tcont}")
            return
        profile = self.config.profiles.get(tcont.profile or "")
        gives = profile is not None and profile.maximum_bps > 0
        if not gives:
            why = f"T-CONT {tcont.name} has no traffic descriptor profile that gives it bandwidth"
            yield _drop(found.header, step, why, f"T-CONT {tcont.name}")
        queue_id = self._queue_of(tcont.tc_map, tc)
        if tcont.queues and (queue_id is None or all(q.queue_id != queue_id for q in tcont.queues)):
            why = f"T-CONT {tcont.name} has no queue for traffic class {tc}"
            yield _drop(found.header, step, why, f"T-CONT {tcont.name}")
            return
        limits = (Limit(self.name, f"T-CONT {tcont.name}", profile.maximum_bps if profile is not None else 0),)
        text = f"T-CONT {tcont.name} Alloc-ID {tcont.alloc_id}"
        queue = QueueUse("tcont", (self.name, uni.v_ani.channel_pair), tcont.name, tc or 0, gives, text)
        step = step._replace(
            decided=(*step.decided, self._said_gem(gem), Said(text, self.name, tcont)),
            out_port="PON",
            queue=queue,
            limits=(*found.limits, *(limits if profile is not None else ())),
        )
        for made in self._olt_up(uni, step, found.header):
            whole = made._replace(lead=(step,))
            yield whole if gives else whole._replace(now=False)

    def _said_gem(self, gem: GemPort) -> Said:
        return Said(f"GEM port {gem.name} {gem.gemport_id}", self.name, gem)

    def _olt_up(self, uni: Uni, onu_step: Step, header: Header) -> Iterator[Alternative]:
        base = Step(
            device=self.name, in_port=uni.venet.name, decided=(), blame=uni.venet.name, before=header, after=header
        )
        for found in ingress(self.config, self.atoms, uni.venet.name, self.name, header):
            step = _classified(self.name, base, found, uni.venet.name)
            if found.doubt or found.subif is None:
                yield _ended(step, found)
                continue
            yield from self._forward(found, found.subif, step, (onu_step,))

    # --- downstream

    def _down(self, port: Endpoint, header: Header) -> Iterator[Alternative]:
        base = Step(device=self.name, in_port=port.port, decided=(), blame=self.name, before=header, after=header)
        interface = self.config.uplink(port.port)
        if interface is None:
            yield _drop(header, base, f"no interface for uplink {port.port}", f"interface of uplink {port.port}")
            return
        for found in ingress(self.config, self.atoms, interface.name, self.name, header):
            step = _classified(self.name, base, found, interface.name)
            if found.doubt or found.subif is None:
                yield _ended(step, found)
                continue
            yield from self._forward(found, found.subif, step, ())

    # --- the forwarder

    def _forward(
        self, found: Classified, home: VlanSubInterface, step: Step, before: tuple[Step, ...]
    ) -> Iterator[Alternative]:
        homes = self.config.homes(home.name)
        if not homes:
            yield _drop(found.header, step, f"{home.name} is in no forwarder", home.name)
            return
        if len(homes) > 1:
            names = " and ".join(f.name for f, _ in homes)
            doubt = f"{self.name}: {home.name} is in forwarders {names}"
            yield Alternative(share=found.header, copies=(), last=step, doubt=doubt)
            return
        forwarder, ingress_port = homes[0]
        step = step._replace(decided=(*step.decided, Said(f"forwarder {forwarder.name}", self.name, forwarder)))
        static = self.forwarding.static(forwarder)
        # A frame that shows a static MAC elsewhere is dropped.
        wrong, rest = found.header.cut("eth_src", static.other_than((ingress_port,)))
        if wrong is not None:
            entry = static.among(wrong.get("eth_src"))
            why = f"source {entry.mac} belongs to port {entry.port}"
            yield _drop(wrong, step, why, f"{forwarder.fdb} {entry.mac}")
        if rest is None:
            return
        goes_on = _GoesOn(found, home, step, before, forwarder, ingress_port)
        # What shows an address of this port alone is apart from what any port may show: that is the same from each.
        for part in rest.cut("eth_src", static.at.get(ingress_port, 0)):
            if part is not None:
                yield from self._switched(goes_on, part)

    def _switched(self, goes_on: _GoesOn, header: Header) -> Iterator[Alternative]:
        """By destination: to the port where it is static, or flooded."""
        forwarder, home, step = goes_on.forwarder, goes_on.home, goes_on.step
        static = self.forwarding.static(forwarder)
        rest: Header | None = header
        ports = [port for port in static.at if port in self.forwarding.open_to(forwarder, home)]
        for port in ports:
            if rest is None:
                return
            known, rest = rest.cut("eth_dst", static.at[port])
            if known is not None:
                yield self._emit(goes_on, known, (port,))
        closed, rest = rest.cut("eth_dst", static.other_than(ports)) if rest is not None else (None, None)
        if closed is not None:
            yield self._emit(goes_on, closed, (static.among(closed.get("eth_dst")).port,))
        if rest is not None:
            note = f"{mac_text(self.atoms['mac'].sample(rest.get('eth_dst')))} not static: flooded"
            yield self._emit(goes_on._replace(step=step._replace(note=note)), rest, None)

    def _emit(self, goes_on: _GoesOn, header: Header, ports: tuple[str, ...] | None) -> Alternative:
        """Out of some ports of the forwarder, or of all but the one that the frames came by."""
        forwarder, step, copies = goes_on.forwarder, goes_on.step, list[Copy]()
        why, blame = f"no port of {forwarder.name} to go to", forwarder.name
        open_to = self.forwarding.open_to(forwarder, goes_on.home)
        for name in open_to if ports is None else ports:
            if name == goes_on.port and ports is None:
                continue
            if name == goes_on.port or name not in open_to:
                why, blame = self.forwarding.closed(forwarder, goes_on.port, name)
                continue
            made = self._leave(goes_on.found, header, step, goes_on.before, open_to[name])
            if isinstance(made, str):
                why, blame = made, made.removeprefix("no ")
            else:
                copies.extend(made)
        if not copies and ports is None and (last := self._last_closed(goes_on, open_to)):
            why, blame = self.forwarding.closed(forwarder, goes_on.port, last)
        last_step = step if copies else step._replace(decided=(*step.decided, Said(why, self.name)), blame=blame)
        return Alternative(share=header, copies=Flood(Flooded(copies, self._cabled)), last=last_step)

    @staticmethod
    def _last_closed(goes_on: _GoesOn, open_to: Container[str]) -> str | None:
        """The last port, if it is not open: why a flood that goes nowhere does not go there."""
        others = [name for name, _ in goes_on.forwarder.ports if name != goes_on.port]
        return others[-1] if others and others[-1] not in open_to else None

    def _leave(
        self, found: Classified, header: Header, step: Step, before: tuple[Step, ...], subif: VlanSubInterface
    ) -> list[Copy] | str:
        """The copies that leave by an egress sub-interface, or why none does."""
        uplink = self._uplinks.get(subif.lower)
        if uplink is None:
            return self._to_onu(found, header, step, before, subif)
        copies = []
        outs = rewrite(self.atoms, header, subif.egress, found.marking)
        for out in outs:
            done = step._replace(out_port=uplink, after=out, limits=(*step.limits, *found.limits))
            port = Endpoint(self.name, uplink)
            # Several results are parts of the frames, not copies of each: none of them is sure.
            copies.append(Copy(port=port, header=out, steps=(*before, done), now=len(outs) == 1))
        return copies

    def _to_onu(
        self, found: Classified, header: Header, step: Step, before: tuple[Step, ...], subif: VlanSubInterface
    ) -> list[Copy] | str:
        where = self.config.port_of(subif.lower)
        onu = self.onus.get(where[0]) if where is not None else None
        if where is None or onu is None:
            return f"no UNI of a known ONU behind {subif.lower}"
        uni = self.config.uni(onu, where[1])
        if isinstance(uni, str):
            return uni
        tc = found.traffic_class
        gem = next(iter(self.config.gems_of(uni.venet.name, tc)), None)
        if gem is None:
            return f"no GEM port of {uni.venet.name} for traffic class {tc}"
        queue, limits, gap = self._queue(uni, tc)
        if gap:
            return gap
        copies: list[Copy] = []
        outs = rewrite(self.atoms, header, subif.egress, found.marking)
        for out in outs:
            olt_step = step._replace(
                decided=(*step.decided, self._said_gem(gem)),
                out_port=uni.venet.name,
                after=out,
                queue=queue,
                limits=(*step.limits, *found.limits, *limits),
            )
            made = self._from_onu(uni, onu, where[1], (*before, olt_step), out)
            copies.extend(c if len(outs) == 1 else c._replace(now=False) for c in made)
        return copies or f"no sub-interface of {uni.interface.name} for the tag of the frame"

    def _queue(self, uni: Uni, tc: int | None) -> tuple[QueueUse | None, tuple[Limit, ...], str]:
        tm: TmRoot | None = uni.venet.tm
        if tm is None:
            return None, (), ""
        queue_id = self._queue_of(tm.tc_map, tc)
        queue = next((q for q in queues_of(tm) if q.queue_id == queue_id), None)
        if queue is None:
            return None, (), f"no queue of {uni.venet.name} for traffic class {tc}"
        limits = []
        for name in (queue.shaper, tm.shaper):
            shaper = self.config.shapers.get(name or "")
            if shaper is not None:
                limits.append(Limit(self.name, f"shaper {uni.venet.name} {shaper.name}", shaper.pir_kbps * 1000))
        text = f"queue {queue.queue_id} of {uni.venet.name} priority {queue.priority} weight {queue.weight}"
        use = QueueUse("pon", (self.name, uni.v_ani.channel_pair), uni.venet.name, queue.queue_id, True, text)
        return use, tuple(limits), ""

    def _queue_of(self, tc_map: str | None, tc: int | None) -> int | None:
        """The queue of a traffic class; without a map the numbers are the same."""
        if tc_map is None:
            return tc
        found = self.config.tc_maps.get(tc_map)
        return dict(found.entries).get(tc if tc is not None else -1) if found is not None else None

    def _from_onu(self, uni: Uni, onu: Onu, port: str, before: tuple[Step, ...], header: Header) -> Iterator[Copy]:
        """Out of the UNI: by the sub-interface whose ingress rule makes the frame's tag, its egress rewrite done."""
        base = Step(device=onu.name, in_port="PON", decided=(), blame=onu.name, out_port=port, before=header)
        takers = [
            (subif, part)
            for subif in self.config.on(uni.interface.name)
            for cut in _makes(self.atoms, subif)
            if (part := header.cut_tag(cut)[0]) is not None
        ]
        sure = len({(subif.egress, part) for subif, part in takers}) == 1 and not uni.gap
        for subif, part in takers:
            outs = rewrite(self.atoms, part, subif.egress, None)
            for out in outs:
                said = Said(f"sub-interface {subif.name} egress", self.name, subif)
                step = base._replace(decided=(said,), blame=subif.name, after=out)
                now = sure and part == header and len(outs) == 1
                yield Copy(port=Endpoint(onu.name, port), header=out, steps=(*before, step), now=now)


def _makes(atoms: Atoms, subif: VlanSubInterface) -> list[TagCut]:
    """The tags that a UNI's sub-interface puts on frames, or takes as they are."""
    made: list[TagCut] = []
    for rule in subif.rules:
        if rule.rewrite is not None and rule.rewrite.push:
            push = rule.rewrite.push[0]
            cut = tag_cut(atoms, TagMatch(tagging="tagged", tag_type=push.tag_type, vid=push.vid))
        else:
            cut = tag_cut(atoms, rule.match)
        if cut not in made:
            made.append(cut)
    return made


def _classified(olt: str, base: Step, found: Classified, interface: str) -> Step:
    if found.subif is None or found.rule is None:
        said = Said(f"no rule of {interface} matches", olt)
        return base._replace(decided=(said,), blame=f"sub-interface of {interface}")
    text = f"{found.subif.name} rule {found.rule.name}"
    if found.traffic_class is not None:
        text += f" traffic class {found.traffic_class}"
    return base._replace(decided=(Said(text, olt, found.subif),), blame=found.subif.name, after=found.header)


def _drop(header: Header, step: Step, why: str, blame: str) -> Alternative:
    last = step._replace(decided=(*step.decided, Said(why, step.device)), blame=blame)
    return Alternative(share=header, copies=(), last=last)


def _ended(step: Step, found: Classified) -> Alternative:
    return Alternative(share=found.header, copies=(), last=step, doubt=found.doubt)
