"""The shell: composition, transaction, journal, os-ken application, gRPC service, git watcher, command line."""
