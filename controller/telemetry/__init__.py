"""What operators see of a running service: logs, metrics, traces, whether it lives. It watches and decides nothing:
where it fails, the network goes on. It knows no part of `controller/service`; the service knows it."""
