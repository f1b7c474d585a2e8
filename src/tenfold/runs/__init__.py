"""One run on disk: the table of its files, the folder, and the results that are read from it."""
