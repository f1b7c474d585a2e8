"""Checks of single images: a check is one file in this room and one line in `checks.CHECKS`."""
