"""The gRPC API: messages to operations and values to messages. No decision about the network is taken here."""
