"""Numbers in words."""


def duration(seconds: float) -> str:
    """Write seconds as `45 s`, `3 min 05 s` or `2 h 07 min`."""
    minutes, seconds = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
