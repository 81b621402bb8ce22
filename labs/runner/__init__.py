"""Run a topology: on network namespaces and Open vSwitch as root, or its devices alone on loopback."""
