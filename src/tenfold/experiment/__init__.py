"""Who narrates: a file a story."""
