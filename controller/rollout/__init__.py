"""Which commit the network is to be as: every commit of the branch from seen to applied, under a policy, and kept.

Whether the network is so is not judged here.
"""
