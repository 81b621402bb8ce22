"""The lab's OLT: a NETCONF server that takes, refuses and keeps configuration as a real one does.

A lab device. No product code imports it, and it parses what it is sent by its own code.
"""
