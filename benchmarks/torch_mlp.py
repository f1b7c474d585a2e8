"""A good MLP in plain PyTorch, as a peer.

1024-512-256 with batch normalisation, AdamW with decay, one cycle of the learning rate that is
planned for the time at hand, a moving average of the weights, label smoothing, mirrored and shifted
images, bfloat16 autocast where it is faster on this machine, and predictions averaged over each
image and its mirror image. Tuned on validation images: see docs/decisions/0032.
"""

import math
import time
from typing import Any

import numpy as np
import torch
from torch import nn

from curve import Curve, one_cycle
from tenfold.core.images import ImageSet

WIDTHS = (1024, 512, 256)
BATCH_SIZE = 512
PEAK = 2e-3
DECAY = 0.3
AVERAGE = 0.995
SHIFT_PX = 2


def fit_torch_mlp(train: ImageSet, curve: Curve) -> None:
    """Fit for `curve.cap_s` seconds, with a point at the end of each epoch."""
    torch.manual_seed(curve.seed)
    pixels, labels = torch.from_numpy(train.images[:]), torch.from_numpy(train.labels)
    edge = SHIFT_PX
    padded = nn.functional.pad(pixels.permute(0, 3, 1, 2), (edge,) * 4).permute(0, 2, 3, 1)
    padded = padded.contiguous()
    model = make_network(math.prod(train.shape), len(train.classes))
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK, weight_decay=DECAY, fused=True)
    keep = torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE)
    averaged = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=keep, use_buffers=True)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    in_bfloat16 = bfloat16_is_faster(math.prod(train.shape), len(train.classes))
    epoch = 0
    curve.start()
    while not curve.is_over():
        model.train()
        for rows in torch.randperm(len(labels)).split(BATCH_SIZE):
            if curve.is_over():
                break
            optimizer.param_groups[0]["lr"] = PEAK * one_cycle(curve.seconds() / curve.cap_s)
            images = shift_and_flip(padded, rows, train.shape[0], train.shape[1])
            with torch.autocast("cpu", torch.bfloat16, enabled=in_bfloat16):
                loss = criterion(model(scale(images)), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            averaged.update_parameters(model)
        epoch += 1
        averaged.eval()
        curve.point(epoch, lambda images: predict(averaged, images))


def make_network(n_pixels: int, n_classes: int) -> nn.Sequential:
    """The layers, after flattening."""
    layers: list[nn.Module] = []
    for n_inputs, n_outputs in zip((n_pixels, *WIDTHS), WIDTHS, strict=False):
        layers += [
            nn.Linear(n_inputs, n_outputs, bias=False), nn.BatchNorm1d(n_outputs), nn.ReLU(),
        ]  # fmt: skip
    return nn.Sequential(*layers, nn.Linear(WIDTHS[-1], n_classes))


def shift_and_flip(padded: Any, rows: Any, height: int, width: int) -> Any:
    """Crop each image at a place of its own and mirror half: uint8 (batch, height, width, c)."""
    n = len(rows)
    top, left = torch.randint(0, 2 * SHIFT_PX + 1, (2, n, 1))
    across = torch.arange(width).expand(n, width)
    across = torch.where(torch.rand(n, 1) < 0.5, across.flip(1), across)
    down = torch.arange(height) + top
    return padded[rows[:, None, None], down[:, :, None], (across + left)[:, None, :]]


def scale(images: Any) -> Any:
    """uint8 images -> float32 (batch, pixels) of about unit variance."""
    return images.flatten(1).float().sub_(120).div_(64)


def predict(model: Any, images: np.ndarray) -> np.ndarray:
    """Labels of uint8 images: the mean over each image and its mirror image."""
    pixels = torch.from_numpy(np.array(images))  # A copy: PyTorch wants to own what it reads.
    with torch.inference_mode():
        logits = model(scale(pixels)) + model(scale(pixels.flip(2)))
    labels: np.ndarray = logits.argmax(1).numpy()
    return labels


def bfloat16_is_faster(n_pixels: int, n_classes: int) -> bool:
    """Time some steps of a network of the same layers in both formats."""
    model = make_network(n_pixels, n_classes)
    images, labels = torch.rand(BATCH_SIZE, n_pixels), torch.zeros(BATCH_SIZE, dtype=torch.long)
    seconds = {}
    for enabled in (False, True):
        times = []
        for _ in range(6):
            began_at = time.perf_counter()
            with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
                loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            times.append(time.perf_counter() - began_at)
        seconds[enabled] = min(times)
    return seconds[True] < seconds[False]
