"""One file for each kind of experiment."""
