"""The standard family: an OLT configured with TR-383 and TR-385 modules, ONUs in the same datastore (combined-NE)."""
