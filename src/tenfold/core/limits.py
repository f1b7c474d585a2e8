"""Numbers that several rooms must agree on."""

SMALLEST_SIDE_PX, LARGEST_SIDE_PX = 4, 1024
"""Bounds of the height and width in pixels that images are brought to."""

CHECKPOINT_EVERY_S = 30.0
"""Seconds from one checkpoint to the next within an epoch, where nobody says otherwise."""

IN_MEMORY_BYTES = 1_000_000_000
"""Images of files that take more than this stay on the disk; a fit reads them batch by batch."""

LARGEST_COPY_BYTES = 64_000_000
"""Of images on the disk, a selection that takes no more than this is copied into memory."""

PART_BYTES = 4_000_000
"""Images are looked through so many bytes at a time."""
