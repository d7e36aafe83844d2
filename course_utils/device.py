"""Where tensors live, which numbers chance gives, and what to write in a bug report."""

import os
import platform
import random
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import psutil
import torch


def best_device() -> torch.device:
    """The fastest device here: CUDA, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and torch's global generators, on every device.

    What must be repeatable on its own takes `seed=` and owns its generator instead.

    Args:
        seed: Any integer in 0 ≤ seed < 2³².

    Raises:
        ValueError: `seed` is outside that range.
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed: expected an integer in [0, 2**32), got {seed}")

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def set_threads(count: int) -> None:
    """Let torch compute with `count` CPU threads, at least 1.

    One thread each is faster than two when two programs share two cores.

    Raises:
        ValueError: `count` is below 1.
    """
    if count < 1:
        raise ValueError(f"count: expected at least 1 thread, got {count}")

    torch.set_num_threads(count)


def peak_memory(device: torch.device) -> int:
    """The most memory held so far, in bytes: by torch on a GPU, by this process on a CPU.

    On a CPU where the system does not keep the peak, what is held now.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)

    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):
        return memory.peak_wset

    try:
        import resource
    except ImportError:
        return memory.rss
    unit = 1 if platform.system() == "Darwin" else 1024

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def installed(package: str) -> str:
    """The installed version of `package`, or 'missing'."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def report() -> str:
    """One paragraph that says what this machine is: paste it into a bug report."""
    device = best_device()
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    free = psutil.virtual_memory().available / 2**30
    packages = ", ".join(
        f"{package} {installed(package)}"
        for package in ("course-utils", "numpy", "matplotlib", "ipywidgets", "jupyterlab")
    )

    return (
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"torch {torch.__version__} on {device.type} ({name}), "
        f"{torch.get_num_threads()} of {os.cpu_count()} cores, "
        f"{free:.1f} GiB of memory free; {packages}."
    )
