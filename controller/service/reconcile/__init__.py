"""Whether the network is as it is wanted, looked at all the time, and what is done where it is not.

    eyes      glance at each device, read it where something differs     (threads: one, and a pool)
    drifted   what differs from what was applied, and what to do about it (pure)
    loop      reports, repairs, brings back, ends break-glass             (thread: one)

Level-triggered: what a device says by itself (OpenFlow messages, NETCONF notifications) only makes it be looked at
sooner; what is done depends on what is read, never on what was told.
"""
