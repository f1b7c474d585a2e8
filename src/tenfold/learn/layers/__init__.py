"""The layers of the fast networks: one file for each kind, with all that it needs."""
