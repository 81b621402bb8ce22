"""An OpenFlow switch as it was read: what becomes of a set of packets that enters."""
