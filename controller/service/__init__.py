"""`clearway serve`: one process that follows the source of intents, keeps the network so, and answers over gRPC."""
