"""A metro as operators run one: a folder of sites, each a hospital network with a gateway and a project of its own.

The same made-up sites as in one campus of all of them (generate.py), but for their gateways: nothing but the network
between the sites is shared, and that is not Clearway's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from labs.campus.generate import Loopback, Size, site_texts


def projects(size: Size, at: Loopback, seed: int = 1) -> Mapping[str, Mapping[str, str]]:
    """Site to its texts, path to text; all sites can be up on this machine at once. size: of the metro."""
    return {
        f"site-{number:02}": site_texts(
            size,
            number,
            seed,
            replace(at, openflow=at.openflow + number - 1, ovsdb=at.ovsdb + 2 * (number - 1)),
            switch=1,
        )
        for number in range(1, size.sites + 1)
    }
