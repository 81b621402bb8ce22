"""Sets of packets, and what a device may do with one."""
