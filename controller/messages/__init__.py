"""Values to the messages of proto/ and back: the service and its client speak of the same values."""
