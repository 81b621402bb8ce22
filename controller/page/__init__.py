"""The page: the network and what it owes whom, in a browser. One more face of the service, beside its gRPC API."""
