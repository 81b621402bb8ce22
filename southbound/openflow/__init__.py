"""OpenFlow: the neutral state of a switch to messages and back, and the driver that changes a switch by bundles."""
