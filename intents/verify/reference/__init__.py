"""The reference: what an OpenFlow 1.3 network does with one packet, slow and obvious.

It is the oracle that the verifier is held against, and what a certificate is re-checked with. It follows one packet at
a time, entry by entry and action by action, as the standard tells it, and shares nothing with the verifier's own
evaluation of sets but the types of the model. Pure: no state is kept between two packets.

`switch.run` says what one switch does, `network.follow` where a packet ends in a network of switches.
"""
