"""How many classes a picture shows."""

MOST_CLASSES = 20
"""More would be too small to read."""


def shown_classes(classes: tuple[str, ...]) -> tuple[str, ...]:
    """The classes that a picture shows: all, or the first ones."""
    return classes[:MOST_CLASSES]


def capped(classes: tuple[str, ...]) -> str:
    """What a title adds where not all classes are shown."""
    n = len(classes)
    return f" (first {MOST_CLASSES} of {n} classes)" if n > MOST_CLASSES else ""
