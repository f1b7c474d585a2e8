"""Bring the second image of a pair to the place and size of the first."""

from dataclasses import dataclass

import numpy as np

from tenfold.findings.same_shot.grids import smooth

_N_STEPS = 6
_LARGEST_SHIFT_PX, _LARGEST_STRETCH = 6.0, 0.25
_STEP_PX, _STEP_STRETCH = 1.0, 0.06
"""Longest step at a time: farther than that, a gradient says little."""


@dataclass(frozen=True)
class Placement:
    """Where each pixel of the first image is in the second.

    Attributes:
        stretch: float32 (n, 2), down and right: pixels there to a pixel here, less 1.
        shift: float32 (n, 2), down and right, of the centre, in pixels.
    """

    stretch: np.ndarray
    shift: np.ndarray

    def apply(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take the second images to the first ones' places.

        Args:
            images: float32 (n, side, side).

        Returns:
            The images taken there, float32 (n, side, side), and 1 where there is something to take,
            0 beyond the border: likewise.
        """
        side = images.shape[1]
        down, inside_down = self._weights(0, side)
        right, inside_right = self._weights(1, side)
        taken = down @ images @ right.transpose(0, 2, 1)
        return taken, inside_down[:, :, None] * inside_right[:, None, :]

    def _weights(self, axis: int, side: int) -> tuple[np.ndarray, np.ndarray]:
        """For each pixel here, the weights of those there, (n, side, side), and if it is inside."""
        here = np.arange(side, dtype=np.float32) - (side - 1) / 2
        there = here * (1 + self.stretch[:, axis, None]) + self.shift[:, axis, None]
        there = there + (side - 1) / 2
        inside = ((there >= -0.5) & (there <= side - 0.5)).astype(np.float32)
        there = np.clip(there, 0, side - 1)
        away = np.abs(there[:, :, None] - np.arange(side, dtype=np.float32))
        return np.maximum(0, 1 - away), inside


def align(first: np.ndarray, second: np.ndarray, shift: np.ndarray) -> Placement:
    """Find the placement at which the images correlate best, by Gauss-Newton steps.

    Args:
        first: float32 (n, side, side), 0-255.
        second: Likewise.
        shift: Where to begin: float32 (n, 2), down and right, in pixels.

    Source: Baker and Matthews, "Lucas-Kanade 20 years on", doi:10.1023/B:VISI.0000011205.11775.fd
    (the inverse compositional steps).
    """
    first, second = smooth(first, 0.7), smooth(second, 0.7)
    slopes = _slopes(first)
    inverse = _inverse(slopes)
    place = Placement(np.zeros_like(shift), shift)
    best, highest = place, np.full(len(first), -2, dtype=np.float32)
    for step in range(_N_STEPS + 1):
        taken, inside = place.apply(second)
        here, there = _centred(first, inside), _centred(taken, inside)
        product = (here * there).sum(axis=(1, 2))
        length = (there * there).sum(axis=(1, 2))
        correlation = product / np.sqrt((here * here).sum(axis=(1, 2)) * length + 1e-6)
        better = correlation > highest
        highest = np.where(better, correlation, highest)
        best = Placement(
            np.where(better[:, None], place.stretch, best.stretch),
            np.where(better[:, None], place.shift, best.shift),
        )
        if step == _N_STEPS:
            break
        gain = np.clip(product / (length + 1e-6), 0.2, 5)[:, None, None]
        left = (here - gain * there).reshape(len(first), slopes.shape[2], 1)
        place = _stepped(place, (inverse @ (slopes @ left))[:, :, 0])
    return best


def _stepped(place: Placement, step: np.ndarray) -> Placement:
    """Put a step, float32 (n, 4), before a placement: stretch and shift, both down and right.

    What is left was explained by slopes of the first image, as a movement of that image. The step
    is the inverse of that movement; its sign is already so.
    """
    stretch = np.clip(step[:, :2], -_STEP_STRETCH, _STEP_STRETCH)
    shift = np.clip(step[:, 2:], -_STEP_PX, _STEP_PX)
    moved = place.shift + (1 + place.stretch) * shift
    return Placement(
        np.clip((1 + place.stretch) * (1 + stretch) - 1, -_LARGEST_STRETCH, _LARGEST_STRETCH),
        np.clip(moved, -_LARGEST_SHIFT_PX, _LARGEST_SHIFT_PX),
    )


def _slopes(images: np.ndarray) -> np.ndarray:
    """How each pixel changes with a stretch and a shift, down and right: (n, 4, side * side)."""
    side = images.shape[1]
    here = np.arange(side, dtype=np.float32) - (side - 1) / 2
    down, right = np.gradient(images, axis=(1, 2))
    found = np.stack([down * here[:, None], right * here, down, right], axis=1)
    flat = found.reshape(len(images), 4, side * side)
    centred: np.ndarray = flat - flat.mean(axis=2, keepdims=True)
    return centred


def _inverse(slopes: np.ndarray) -> np.ndarray:
    """The inverse of the normal equations, a little damped: (n, 4, 4)."""
    normal = slopes @ slopes.transpose(0, 2, 1)
    damping = 1e-3 * np.trace(normal, axis1=1, axis2=2) + 1e-3
    found: np.ndarray = np.linalg.inv(normal + damping[:, None, None] * np.eye(4, dtype=np.float32))
    return found


def _centred(images: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Less the mean of what is inside; 0 elsewhere."""
    mean = (images * inside).sum(axis=(1, 2)) / np.maximum(inside.sum(axis=(1, 2)), 1)
    found: np.ndarray = (images - mean[:, None, None]) * inside
    return found
