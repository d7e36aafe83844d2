"""The loop knows steps and numbers, no model and no loss.

The *step* is a closure of the notebook: it owns model, objective and optimiser, takes one batch,
changes the weights, and returns the numbers worth keeping. An autoencoder, a GAN with two
optimisers and EM train by the same loop.
"""

import math
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from types import FrameType

import torch
from torch import Tensor
from tqdm.auto import tqdm

from course_utils.training.batches import Batch
from course_utils.training.checkpoint import Checkpoint

History = dict[str, list[float]]
Step = Callable[..., dict[str, Tensor | float]]

FLUSH = 50  # steps between two reads of the device: each read waits for it


def train(
    step: Step,
    batches: Iterable[Batch],
    steps: int,
    *,
    stop: Callable[[], bool] | None = None,
    checkpoint: Checkpoint | None = None,
) -> History:
    """Call `step` on one batch after another and keep every number it returns.

    An interrupt (Ctrl-C, or Jupyter's stop button) ends the run after the step under way; model and
    history stay as they are. The progress bar is hidden where COURSE_PROGRESS is 0.

    Args:
        step: Takes a batch (several tensors as several arguments), updates what it owns, and
            returns named numbers. A tensor need not be read with `.item()`: the loop does it
            for many steps at once.
        batches: Anything to iterate over; `Batches` is endless and can be resumed. Where they end
            before `steps`, so does the run.
        steps: How many steps in all, those before a resume included.
        stop: Called after each step; the run ends when it returns True.
        checkpoint: Where to save and from where to resume, bit for bit.

    Returns:
        For each name the numbers of all steps, those before a resume included.

    Raises:
        FloatingPointError: A number is no longer finite; the message names it and its step.
    """
    history: History = {}
    done = checkpoint.resume(batches, history) if checkpoint else 0
    pending: list[dict[str, Tensor | float]] = []
    i = done

    with (
        tiny_numbers_are_zero(),
        progress_bar(done, steps) as bar,
        deferred_interrupt() as interrupted,
    ):
        for i, batch in enumerate(islice(batches, max(steps - done, 0)), start=done + 1):
            numbers = step(*batch) if isinstance(batch, tuple) else step(batch)
            pending.append({name: detached(number) for name, number in numbers.items()})

            stopped = stop is not None and stop()  # asked after each step, the last one too
            ending = stopped or interrupted() or i == steps
            saving = checkpoint is not None and (ending or i % checkpoint.every == 0)
            if ending or saving or len(pending) == FLUSH:
                flush(pending, history, first=i - len(pending) + 1)
                bar.set_postfix({name: f"{values[-1]:.4g}" for name, values in history.items()})
                bar.update(i - bar.n)
            if saving:
                checkpoint.save(i, batches, history)
            if ending:
                break
        else:
            flush(pending, history, first=i - len(pending) + 1)
            bar.update(i - bar.n)
            if checkpoint is not None and i > done:
                checkpoint.save(i, batches, history)

        if interrupted():
            print(f"Interrupted after step {i} of {steps}: model and history are kept.")

    return history


def detached(number: Tensor | float) -> Tensor | float:
    """The number without its graph, still on its device."""
    return number.detach() if isinstance(number, Tensor) else number


def flush(pending: list[dict[str, Tensor | float]], history: History, *, first: int) -> None:
    """Move pending numbers into the history; `first` is the step of the first of them.

    Raises:
        FloatingPointError: A number is not finite.
    """
    for i, numbers in enumerate(pending, start=first):
        for name, number in numbers.items():
            value = float(number)
            history.setdefault(name, []).append(value)
            if not math.isfinite(value):
                raise FloatingPointError(f"{name} became {value} at step {i}")
    pending.clear()


def progress_bar(done: int, steps: int) -> tqdm:
    """A bar from `done` to `steps`, hidden where the environment says COURSE_PROGRESS=0."""
    hidden = os.environ.get("COURSE_PROGRESS") == "0"

    return tqdm(initial=done, total=steps, unit="step", disable=hidden)


@contextmanager
def tiny_numbers_are_zero() -> Iterator[None]:
    """Let numbers below 1e-38 count as zero, in this thread and in those that start meanwhile.

    Adam's averages of gradients that have stopped, as those of pixels at the margin, halve every
    seven steps and soon get there, where a processor computes many times slower: after three epochs
    a VAE's step took 1.2 times as long. What is learned stays the same, bit for bit.
    """
    before = (torch.tensor(1e-20) * 1e-20).item() == 0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


@contextmanager
def deferred_interrupt() -> Iterator[Callable[[], bool]]:
    """Let an interrupt wait until the step under way is complete; a second one does not wait.

    Yields:
        A function that says whether an interrupt has come.
    """
    came = threading.Event()

    def note(signum: int, frame: FrameType | None) -> None:
        if came.is_set():
            raise KeyboardInterrupt
        came.set()

    if threading.current_thread() is not threading.main_thread():
        yield came.is_set
        return

    before = signal.signal(signal.SIGINT, note)
    try:
        yield came.is_set
    finally:
        signal.signal(signal.SIGINT, before)
