"""The same work on Ray: on this machine, or on a cluster of machines."""
