"""Backup and restore of what the service must keep: a file with hashes, made while it runs, put back while it rests."""
