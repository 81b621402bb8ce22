"""The engine: what tables do with all packets at once, kept up to date rule by rule.

An update says for which packets the treatment changed and from what to what, so that only what meets that difference
has to be looked at again. Two forms, one idea:

- `prefixes`, `fabric`, `destinations`: networks that look at the destination address only, as intervals;
- `space`, `overlaps`, `table`, `pipeline`, `watch`: OpenFlow switches, as predicates over the header's bits.

`touched` answers for the product which intents a change of the network can touch. Pure: no state outside its objects,
but for the one manager of predicates that a process has (`space`).
"""
