"""The layers of the fast networks: one file for each, which says everything about it."""
