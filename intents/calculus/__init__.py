"""Network calculus: how long data can wait at most, from how much can come and how fast it is served. Pure mathematics.

    curves.py      how much may come (concave), how much is served (convex); delay, backlog, what comes out
    schedulers.py  what a queue is served by the schedulers of this field, from their numbers alone
    way.py         hop after hop: the first in a shared queue, the whole way, the hop that binds

Nothing here knows of intents, plans or devices, so planner and verifier both reckon with it; what the network is, each
of them works out for itself. Exact: times are fractions of a second, so that a bound is proven and not rounded.

Theorems are numbered as in J.-Y. Le Boudec and P. Thiran, Network Calculus, Springer LNCS 2050 (edition of 2019).
"""
