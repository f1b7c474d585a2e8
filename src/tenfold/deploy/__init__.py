"""Take a fitted network out of its run: exports in formats that others can use."""
