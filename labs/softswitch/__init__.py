"""A switch without packets: OpenFlow 1.3 and 1.4 and the OVSDB tables of queues, in Python alone.

For machines without root or without Open vSwitch: it dials a controller, takes and gives back flow entries, groups,
meters, bundles and queues, and refuses what Open vSwitch refuses, with the same errors. It forwards nothing. It shares
no code with the product: what it is sent it parses by itself.

    __main__ --> link (dials the controller) --> session (messages, bundles) --> pipeline (tables) --> rules (checks)
             +--> ovsdb_server (listens)       --> ovsdb (transactions)
"""
