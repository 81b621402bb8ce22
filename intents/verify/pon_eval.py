"""A PON as its OLT's read-back state has it: ONU, GEM ports and T-CONTs, OLT forwarder, uplink, and back.

After TR-383 (sub-interfaces, forwarding), TR-385 (v-ani, olt-v-enet, T-CONT, GEM port) and docs/architecture.md. What
is not configured does not forward. A frame for an address that the forwarding database does not pin down is flooded
to every port that split horizon leaves: wherever it may have been learnt is among those.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from intents.model.campus import Campus, Endpoint, Olt, Onu
from intents.model.pon import Forwarder, GemPort, StaticMac, TagMatch, TmRoot, VlanSubInterface
from intents.model.state import Observation
from intents.verify.atoms import Atoms
from intents.verify.packet import Header, TagCut, mac, mac_text
from intents.verify.pon_config import PonConfig, Uni, queues_of
from intents.verify.pon_rules import Classified, ingress, rewrite, tag_cut
from intents.verify.steps import Alternative, Copy, Limit, QueueUse, Said, Step


class PonModel:
    """One OLT with its ONUs. Frames enter by a UNI or an uplink and leave by one."""

    def __init__(self, campus: Campus, olt: Olt, observation: Observation | None, atoms: Atoms) -> None:
        self.name = olt.name
        self.atoms = atoms
        self.config = PonConfig(observation)
        self.onus = {onu.serial: onu for onu in campus.onus.values() if onu.pon.olt == olt.name}
        self._by_name = {onu.name: onu for onu in self.onus.values()}
        self._uplinks = {
            found.name: port for port in sorted(olt.uplinks) if (found := self.config.uplink(port)) is not None
        }

    def evaluate(self, port: Endpoint, header: Header) -> tuple[Alternative, ...]:
        """What happens to an opened header that enters by a UNI of an ONU or an uplink of the OLT."""
        if not self.config.read:
            step = Step(device=port.device, in_port=port.port, decided=(Said("state was not read"),), blame=self.name)
            return (Alternative(share=header, copies=(), last=step, doubt=f"{self.name}: its state was not read"),)
        onu = self._by_name.get(port.device)
        if onu is not None:
            return tuple(self._up(onu, port, header))
        return tuple(self._down(port, header))

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
                yield made if not uni.gap else replace(made, now=False)

    def _to_gem(self, uni: Uni, base: Step, found: Classified) -> Iterator[Alternative]:
        step = _classified(self.name, base, found, uni.interface.name)
        if found.doubt or found.subif is None:
            yield _ended(step, found)
            return
        tc = found.traffic_class
        gems = [g for g in self._gems(uni, tc) if g.tcont is not None]
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
        step = replace(
            step,
            decided=(*step.decided, self._said_gem(gem), Said(text, self.name, tcont)),
            out_port="PON",
            queue=queue,
            limits=(*found.limits, *(limits if profile is not None else ())),
        )
        for made in self._olt_up(uni, step, found.header):
            whole = replace(made, lead=(step,))
            yield whole if gives else replace(whole, now=False)

    def _said_gem(self, gem: GemPort) -> Said:
        return Said(f"GEM port {gem.name} {gem.gemport_id}", self.name, gem)

    def _gems(self, uni: Uni, tc: int | None) -> list[GemPort]:
        return [g for g in self.config.gems.values() if g.interface == uni.venet.name and g.traffic_class == tc]

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
        homes = [(f, name) for f in self.config.forwarders.values() for name, s in f.ports if s == home.name]
        if not homes:
            yield _drop(found.header, step, f"{home.name} is in no forwarder", home.name)
            return
        if len(homes) > 1:
            names = " and ".join(f.name for f, _ in homes)
            doubt = f"{self.name}: {home.name} is in forwarders {names}"
            yield Alternative(share=found.header, copies=(), last=step, doubt=doubt)
            return
        forwarder, ingress_port = homes[0]
        step = replace(step, decided=(*step.decided, Said(f"forwarder {forwarder.name}", self.name, forwarder)))
        static = self._static(forwarder)
        rest: Header | None = found.header
        for entry in static:  # a frame that shows a static MAC elsewhere is dropped
            if rest is not None and entry.port != ingress_port:
                wrong, rest = rest.cut("eth_src", self.atoms["mac"].of(mac(entry.mac)))
                if wrong is not None:
                    why = f"source {entry.mac} belongs to port {entry.port}"
                    yield _drop(wrong, step, why, f"{forwarder.fdb} {entry.mac}")
        for entry in static:
            if rest is None:
                return
            known, rest = rest.cut("eth_dst", self.atoms["mac"].of(mac(entry.mac)))
            if known is not None:
                yield self._emit(found, known, step, before, forwarder, ingress_port, (entry.port,))
        if rest is not None:
            ports = tuple(name for name, _ in forwarder.ports if name != ingress_port)
            note = f"{mac_text(self.atoms['mac'].sample(rest.get('eth_dst')))} not static: flooded"
            yield self._emit(found, rest, replace(step, note=note), before, forwarder, ingress_port, ports)

    def _static(self, forwarder: Forwarder) -> tuple[StaticMac, ...]:
        fdb = self.config.fdbs.get(forwarder.fdb or "")
        return tuple(e for e in fdb.static if e.forwarder == forwarder.name) if fdb is not None else ()

    def _emit(
        self,
        found: Classified,
        header: Header,
        step: Step,
        before: tuple[Step, ...],
        forwarder: Forwarder,
        ingress_port: str,
        ports: tuple[str, ...],
    ) -> Alternative:
        by_name = dict(forwarder.ports)
        copies: list[Copy] = []
        why = f"no port of {forwarder.name} to go to"
        blame = forwarder.name
        for name in ports:
            subif = self.config.subifs.get(by_name.get(name, ""))
            if subif is None or name == ingress_port:
                why, blame = f"port {name} of {forwarder.name} is not another port with a sub-interface", name
                continue
            if self._apart(forwarder, found.subif, subif):
                why, blame = f"split horizon keeps {ingress_port} and {name} of {forwarder.name} apart", forwarder.name
                continue
            made = self._leave(found, header, step, before, subif)
            if isinstance(made, str):
                why, blame = made, made.removeprefix("no ")
            else:
                copies.extend(made)
        last = step if copies else replace(step, decided=(*step.decided, Said(why, self.name)), blame=blame)
        return Alternative(share=header, copies=tuple(copies), last=last)

    def _apart(self, forwarder: Forwarder, source: VlanSubInterface | None, target: VlanSubInterface) -> bool:
        horizons = (self.config.horizons.get(name) for name in forwarder.split_horizon)
        return any(
            h is not None and source is not None and source.usage == h.in_usage and target.usage == h.out_usage
            for h in horizons
        )

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
            done = replace(step, out_port=uplink, after=out, limits=(*step.limits, *found.limits))
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
        gem = next(iter(self._gems(uni, tc)), None)
        if gem is None:
            return f"no GEM port of {uni.venet.name} for traffic class {tc}"
        queue, limits, gap = self._queue(uni, tc)
        if gap:
            return gap
        copies: list[Copy] = []
        outs = rewrite(self.atoms, header, subif.egress, found.marking)
        for out in outs:
            olt_step = replace(
                step,
                decided=(*step.decided, self._said_gem(gem)),
                out_port=uni.venet.name,
                after=out,
                queue=queue,
                limits=(*step.limits, *found.limits, *limits),
            )
            made = self._from_onu(uni, onu, where[1], (*before, olt_step), out)
            copies.extend(c if len(outs) == 1 else replace(c, now=False) for c in made)
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
                step = replace(base, decided=(said,), blame=subif.name, after=out)
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
        return replace(base, decided=(said,), blame=f"sub-interface of {interface}")
    text = f"{found.subif.name} rule {found.rule.name}"
    if found.traffic_class is not None:
        text += f" traffic class {found.traffic_class}"
    return replace(base, decided=(Said(text, olt, found.subif),), blame=found.subif.name, after=found.header)


def _drop(header: Header, step: Step, why: str, blame: str) -> Alternative:
    last = replace(step, decided=(*step.decided, Said(why, step.device)), blame=blame)
    return Alternative(share=header, copies=(), last=last)


def _ended(step: Step, found: Classified) -> Alternative:
    return Alternative(share=found.header, copies=(), last=step, doubt=found.doubt)
