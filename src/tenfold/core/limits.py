"""Numbers that several rooms must agree on."""

SMALLEST_SIDE_PX, LARGEST_SIDE_PX = 4, 1024
"""Bounds of the height and width in pixels that images are brought to."""

CHECKPOINT_EVERY_S = 30.0
"""Seconds from one checkpoint to the next within an epoch, where nobody says otherwise."""
