"""What everything else speaks of: campus, intent, the neutral state of devices, evidence, diagnostics."""
