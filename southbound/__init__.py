"""Drivers: the neutral device state to a protocol's messages and back, and the conversation with devices."""
