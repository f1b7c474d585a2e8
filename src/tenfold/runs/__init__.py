"""One run on disk: the table of its files, the folder, and what is read from it."""
