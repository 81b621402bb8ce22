"""The journal's form keeps every value of the model."""

from __future__ import annotations

import json

from controller.codec import decode, encode
from tests.southbound.netconf.plant import whole_plant, with_schedulers


def test_every_kind_of_pon_object_survives_the_journal() -> None:
    plant = with_schedulers(whole_plant())
    assert decode(json.loads(json.dumps(encode(plant)))) == plant
