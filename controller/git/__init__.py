"""A branch of a git repository, here or elsewhere: its texts, its history and signatures, commits and notes.

By dulwich, object by object: no working tree, no program is started. Nothing here knows a network.
"""
