"""The HTTP service: a network behind an address."""
