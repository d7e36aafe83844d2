"""A data set that fits in memory is a tensor, and a batch is an index into it."""

from collections.abc import Iterator

import torch
from torch import Tensor

Batch = Tensor | tuple[Tensor, ...]


class Batches:
    """Shuffled batches of a data set that fits in memory, without end.

    A batch is an index into the tensors, so that nothing is copied twice. Images stored as uint8
    come out as numbers in [0, 1]. Each epoch is a new shuffle; what is left over at its end, less
    than a batch, waits for the next one.

    Args:
        tensors: One or more data sets with the same number of rows, on one device.
        size: Examples per batch.
        seed: Seed of the shuffles, which are the same on every device.

    Raises:
        ValueError: The tensors differ in length, or `size` is not in 1 to that length.

    Example:
        >>> images = torch.zeros(1000, 784, dtype=torch.uint8)
        >>> batch = next(iter(Batches(images, size=128, seed=0)))
        >>> batch.shape, batch.dtype
        (torch.Size([128, 784]), torch.float32)
    """

    def __init__(self, *tensors: Tensor, size: int, seed: int) -> None:
        lengths = [len(tensor) for tensor in tensors]
        if len(set(lengths)) != 1:
            raise ValueError(f"tensors: expected the same number of rows in each, got {lengths}")
        if not 1 <= size <= lengths[0]:
            raise ValueError(f"size: expected 1 to {lengths[0]} examples a batch, got {size}")

        self.tensors = tensors
        self.size = size
        self.generator = torch.Generator().manual_seed(seed)
        self._shuffle()

    @property
    def per_epoch(self) -> int:
        """Batches in one pass over the data."""
        return len(self.tensors[0]) // self.size

    def _shuffle(self) -> None:
        self.epoch_start = self.generator.get_state()
        order = torch.randperm(len(self.tensors[0]), generator=self.generator)
        self.order = order.to(self.tensors[0].device)
        self.position = 0

    def __iter__(self) -> Iterator[Batch]:
        while True:
            if self.position == self.per_epoch:
                self._shuffle()
            start = self.position * self.size
            index = self.order[start : start + self.size]
            self.position += 1
            batch = tuple(unit(tensor[index]) for tensor in self.tensors)
            yield batch[0] if len(batch) == 1 else batch

    def state_dict(self) -> dict[str, Tensor | int]:
        """Where the shuffle stands: enough to go on with the very next batch."""
        return {
            "epoch_start": self.epoch_start,
            "position": self.position,
            "rows": len(self.order),
            "size": self.size,
        }

    def load_state_dict(self, state: dict[str, Tensor | int]) -> None:
        """Go on where `state_dict` was taken.

        Raises:
            ValueError: It was taken with another number of rows or another size.
        """
        found, expected = (state["rows"], state["size"]), (len(self.order), self.size)
        if found != expected:
            raise ValueError(f"batches: expected (rows, size) {expected}, found {found}")

        self.generator.set_state(state["epoch_start"])
        self._shuffle()
        self.position = state["position"]


def unit(x: Tensor) -> Tensor:
    """Grey values 0 to 255 (uint8) as numbers in [0, 1]; anything else as it is."""
    return x / 255 if x.dtype == torch.uint8 else x
