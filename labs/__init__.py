"""Labs: topologies, what runs them, the OLT used in them, traffic and benchmarks. No product code imports this."""
