"""Primitives of a lab's network: an Open vSwitch instance, hosts, shaped stretches, and the record that undoes them.

Everything is written down before it is made (record.py), bears the lab's own prefix (names.py), and goes away with
`Record.undo`, also after kill -9. Needs root. What was observed on the way is in labs/notes/0001.
"""
