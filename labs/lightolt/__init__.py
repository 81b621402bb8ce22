"""Light OLTs: many NETCONF servers in one process, for campuses of a size at which only configuration matters.

They speak and refuse as labs/olt does, and keep a configuration as shapes and values instead of as a tree (shapes.py).
"""
