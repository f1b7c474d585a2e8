"""Numbers that several rooms must agree on."""

SMALLEST_SIDE_PX, LARGEST_SIDE_PX = 4, 1024
"""Bounds of the height and width in pixels that images are brought to."""

CHECKPOINT_EVERY_S = 30.0
"""Default seconds from one checkpoint to the next within an epoch."""

RISK = 0.05
"""Default share of wrong answers that is accepted where a network answers only if confident."""

IN_MEMORY_BYTES = 1_000_000_000
"""Images of files that take more than this stay on the disk; a fit reads them batch by batch."""

LARGEST_COPY_BYTES = 64_000_000
"""A selection of images on the disk that is no larger than this is copied into memory."""

PART_BYTES = 4_000_000
"""Bytes of images that are processed at a time."""
