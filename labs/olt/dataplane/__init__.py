"""What a committed configuration does to packets: flows of the OLT's and the ODN's bridge, queues of the fibre.

--dataplane labs.olt.dataplane:factory --dataplane-arg ovs=FOLDER --dataplane-arg olt=BRIDGE ...
"""

from labs.olt.dataplane.plane import factory

__all__ = ["factory"]
