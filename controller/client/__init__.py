"""A client of a running service, in typed Python: values in, values out, refusals as ClearwayError.

from controller.client import Client

with Client("127.0.0.1:50051") as clearway:
tried = clearway.propose(Intent(name="visit", say="Ward 2 visit may reach updates with https"))
done = clearway.apply(Intent(name="visit", say="..."), base=tried.base)
for status in clearway.watch():
print(status.revision, status.holds)
"""

from controller._pb.clearway.intents.v1.intents_pb2 import Delivery, Intent, IntentSpec
from controller.client.client import Client
from controller.client.credentials import Credentials
from controller.client.values import Capacity, Changed, Judged, Planned, Proposal, Status
from intents.model.diagnostic import ClearwayError

__all__ = [
    "Capacity",
    "Changed",
    "ClearwayError",
    "Client",
    "Credentials",
    "Delivery",
    "Intent",
    "IntentSpec",
    "Judged",
    "Planned",
    "Proposal",
    "Status",
]
