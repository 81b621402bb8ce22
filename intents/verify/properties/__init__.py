"""What is claimed of a network for an intent, one property a module, in words and in sets."""
