"""MNIST, shipped; Fashion-MNIST, from the user's own copy; both as uint8 images of 28x28.

Source:
    LeCun, Cortes & Burges, "The MNIST database of handwritten digits" (CC BY-SA 3.0).
    Xiao, Rasul & Vollgraf (2017), "Fashion-MNIST". https://arxiv.org/abs/1708.07747
"""

import gzip
import hashlib
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_utils.types import Data, Labels, RawImages

MNIST_FILE = Path(__file__).with_name("mnist.npz")
MNIST_SHA256 = "37ac4434c24aa2360e2a8ddfd357ba4cdcf48919961b2b780a6d3040894d1a02"

FASHION_FILES = {
    "x_train": "train-images-idx3-ubyte.gz",
    "y_train": "train-labels-idx1-ubyte.gz",
    "x_test": "t10k-images-idx3-ubyte.gz",
    "y_test": "t10k-labels-idx1-ubyte.gz",
}
FASHION_HELP = """Fashion-MNIST is not in {folder}: {missing} not found.
Download these four files from https://github.com/zalandoresearch/fashion-mnist (MIT licence)
and put them into that folder as they are:
  {files}
On Debian, `apt-get install dataset-fashion-mnist` brings them; pass folder= where they are."""


class Dataset(NamedTuple):
    """Images as stored, uint8 of shape (n, 1, 28, 28), and labels 0 to 9, in two parts."""

    x_train: RawImages
    y_train: Labels
    x_test: RawImages
    y_test: Labels

    def to(self, device: torch.device | str) -> "Dataset":
        """The same data on another device."""
        return Dataset(*(tensor.to(device) for tensor in self))


def mnist() -> Dataset:
    """The 70,000 handwritten digits: 60,000 to train, 10,000 to test.

    Returns:
        uint8 images of shape (n, 1, 28, 28), 0 is paper and 255 is ink, with their labels.

    Raises:
        ValueError: The file in the package is damaged.

    Example:
        >>> mnist().x_test.shape
        torch.Size([10000, 1, 28, 28])
    """
    content = MNIST_FILE.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != MNIST_SHA256:
        raise ValueError(
            f"{MNIST_FILE}: damaged, expected SHA-256 {MNIST_SHA256[:12]}…, got {found[:12]}…; "
            "reinstall the package"
        )

    with np.load(MNIST_FILE) as arrays:
        return as_dataset({name: arrays[name] for name in FASHION_FILES})


def fashion_mnist(folder: str | Path = "fashion-mnist") -> Dataset:
    """Zalando's 70,000 images of clothes, read from your own copy.

    Args:
        folder: Where the four files of the original distribution are.

    Returns:
        As `mnist`.

    Raises:
        FileNotFoundError: A file is missing; the message says where to get it.
        ValueError: A file is damaged; the message names it.
    """
    paths = {name: Path(folder) / file for name, file in FASHION_FILES.items()}
    missing = [path.name for path in paths.values() if not path.exists()]
    if missing:
        raise FileNotFoundError(
            FASHION_HELP.format(
                folder=Path(folder).resolve(),
                missing=", ".join(missing),
                files="\n  ".join(FASHION_FILES.values()),
            )
        )

    return as_dataset({name: read_idx(path) for name, path in paths.items()})


def as_dataset(arrays: dict[str, np.ndarray]) -> Dataset:
    """Arrays by name as tensors: images with a channel axis, labels as int64."""
    tensors = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}

    return Dataset(
        tensors["x_train"][:, None],
        tensors["y_train"].long(),
        tensors["x_test"][:, None],
        tensors["y_test"].long(),
    )


def read_idx(path: Path) -> np.ndarray:
    """An array of bytes from a gzipped IDX file, the format of the original MNIST files.

    Raises:
        ValueError: The file is damaged or of another kind.
    """
    try:
        content = gzip.decompress(path.read_bytes())
        zeros, kind, dims = struct.unpack(">HBB", content[:4])
        if (zeros, kind) != (0, 8):
            raise ValueError(f"expected bytes, type 8, got type {kind}")
        shape = struct.unpack(f">{dims}I", content[4 : 4 + 4 * dims])
        array = np.frombuffer(content, np.uint8, offset=4 + 4 * dims).reshape(shape)
    except (OSError, EOFError, zlib.error, struct.error, ValueError) as error:
        raise ValueError(f"{path}: damaged or no gzipped IDX file ({error})") from error

    return array


def binarise(x: Tensor, *, seed: int | None = None) -> Data:
    """Binary pixels drawn from grey ones: P(pixel = 1) is its grey value.

    Without a seed each call is a fresh draw from the global generator, for training. With a seed
    the draw is always the same, on every device: the test set of this course uses seed 0.

    Args:
        x: Grey values in [0, 1], or uint8 from 0 to 255, shape (batch, *event).
        seed: Seed of a fixed draw.

    Returns:
        Zeros and ones as floats, same shape and device.

    Raises:
        ValueError: A grey value lies outside [0, 1].
    """
    grey = x / 255 if x.dtype == torch.uint8 else x
    if not (grey.min() >= 0 and grey.max() <= 1):
        raise ValueError(
            f"x: expected grey values in [0, 1], got {grey.min():.3g} to {grey.max():.3g}"
        )
    if seed is None:
        return torch.bernoulli(grey)

    generator = torch.Generator().manual_seed(seed)
    return torch.bernoulli(grey.cpu(), generator=generator).to(grey.device)
