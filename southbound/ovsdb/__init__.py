"""OVSDB: the queues of a switch's ports, which OpenFlow can use and cannot make."""
