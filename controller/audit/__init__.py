"""The audit log: who had what changed on which device, and who was refused. See docs/security.md."""
