"""What a committed configuration does to packets: flows of Open vSwitch and token buckets of the kernel.

    config --resolve--> services --shaping--> HTB trees   --net.htb--> stretch
                                 --olt_flows, onu_flows--> flows --net.ovs--> two bridges

A GEM port is a tag (802.1ad) on the stretch between the OLT's bridge and the ONUs': its VID is the GEM port's index,
which selects the T-CONT upstream and the queue downstream. Neither side forwards a tag that no GEM port has.

    python -m labs.olt ... --dataplane labs.olt.dataplane.plane:factory --dataplane-arg wiring=FILE

Bandwidth as in G.9807.1: fixed and assured first, the rest by priority and weight (what is fixed and not used is lent
out, which a PON does not). Downstream: strict priority over the whole PON, weights among equal priority; the shaper
of a queue and of its port on top.
"""
