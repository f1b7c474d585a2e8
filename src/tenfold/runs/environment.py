"""The machine and the versions that a run uses."""

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from tenfold.core.networks import Network

PACKAGES = (
    "tenfold",
    "keras",
    "tensorflow",
    "tensorflow-cpu",
    "numpy",
    "scipy",
    "scikit-learn",
    "matplotlib",
    "pillow",
)
INSTRUCTION_SETS = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16")
"""Instruction sets for faster products: vectors, fused multiply-add, bfloat16, tiles."""


def environment(folder: Path) -> dict[str, Any]:
    """Describe this machine, and the free space where `folder` is or will be, for JSON."""
    return {
        "python": platform.python_version(),
        "packages": _versions(),
        "system": platform.platform(),
        "processor": _cpu_info().get("model name", platform.processor() or platform.machine()),
        "cores": usable_cores(),
        "instruction_sets": instruction_sets(),
        "memory_gb": _memory_gb(),
        "free_disk_gb": _free_disk_gb(folder),
    }


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def instruction_sets() -> list[str] | None:
    """The `INSTRUCTION_SETS` that the processor has; None if the system does not report them."""
    flags = _cpu_info().get("flags")
    return None if flags is None else [name for name in INSTRUCTION_SETS if name in flags.split()]


def known_precision(network: Network) -> Literal["bfloat16", "float32"] | None:
    """The number format to fit a network in; None if only measuring decides.

    Without instructions for bfloat16, its products are emulated, and slower.
    """
    if network.precision != "auto":
        return network.precision
    known = instruction_sets()
    return None if known is None or {"avx512_bf16", "amx_bf16"} & set(known) else "float32"


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _cpu_info() -> dict[str, str]:
    """The first processor's entry in Linux's /proc/cpuinfo; empty elsewhere."""
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def memory_bytes() -> int | None:
    """The memory of this machine; None if the system does not report it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _memory_gb() -> float | None:
    n_bytes = memory_bytes()
    return None if n_bytes is None else round(n_bytes / 1e9, 1)


def _free_disk_gb(folder: Path) -> float:
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return round(shutil.disk_usage(existing).free / 1e9, 1)
