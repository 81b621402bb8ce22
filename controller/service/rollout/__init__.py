"""Which commit the network is to be as: every commit of the branch from seen to applied, under a policy, and kept.

Whether the network is so is judged elsewhere. A commit is always on the branch before the network is touched for it,
also one that came by the API: so git is the one source at every instant, and a controller that dies anywhere finds on
the branch what it is to do (docs/decisions/0040-commit-first.md).
"""
