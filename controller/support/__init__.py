"""The support bundle: what a developer needs to see of a Clearway that he cannot reach, and none of its secrets."""
