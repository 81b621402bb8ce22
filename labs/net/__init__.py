"""Namespaces, an Open vSwitch instance of the lab's own, and shaped stretches: what carries a lab's packets.

Everything is named with a lab's prefix, so that a clean-up finds what a killed runner left. Root only.
"""
