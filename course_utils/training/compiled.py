"""A small model on a GPU waits for Python: its step can be recorded once and replayed."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from course_utils.training.loop import Step

WARM_UP = 3  # calls before the recording: libraries choose their kernels, Adam makes its moments
Numbers = dict[str, Tensor | float]
Replayable = dict[str, Tensor]


@runtime_checkable
class Recorder(Protocol):
    """What records work on a device."""

    def warm(self, action: Callable[[], Numbers]) -> Numbers:
        """Do the work once, as a recording will."""

    def record(self, action: Callable[[], Replayable]) -> tuple[Replayable, Callable[[], None]]:
        """Where the numbers will stand, and the function that does the recorded work."""


def compiled(step: Step) -> Step:
    """The same step in its fast form: on a GPU a CUDA graph, on a CPU the step as it is.

    The first three batches are trained on as usual; then one step is recorded, and each later one
    is a single launch in place of one for every operation. On two CPU cores nothing is gained this
    way: torch.compile took 11 to 60 s to start for 2 to 13 % of the time.

    On a GPU all of the step must happen there: noise is drawn on the batch's device, no number is
    read (`.item()`), no branch depends on one, the optimiser is made with `capturable=True`, and a
    schedule that changes its rate is stepped outside. A batch of another shape is trained on
    without the recording.

    Args:
        step: As `train` takes it; returns tensors only.

    Returns:
        A step for `train`.

    Raises:
        ValueError: On a GPU, later: the step returned a number that is no tensor.
        RuntimeError: On a GPU, later: the step cannot be recorded.

    Source:
        https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
    """
    fast = replayed(step, CudaGraph())

    def chosen(*batch: Tensor) -> Numbers:
        return fast(*batch) if batch[0].is_cuda else step(*batch)

    return chosen


def replayed(step: Step, recorder: Recorder) -> Step:
    """The step with its fourth call recorded, and that recording replayed from then on."""
    calls = 0
    recording: tuple[tuple[Tensor, ...], Replayable, Callable[[], None]] | None = None

    def fast(*batch: Tensor) -> Numbers:
        nonlocal calls, recording
        calls += 1
        if calls <= WARM_UP:
            return recorder.warm(lambda: step(*batch))
        if recording is None:
            held = tuple(x.clone() for x in batch)
            recording = held, *recorder.record(lambda: tensors_only(step(*held)))
        inputs, numbers, replay = recording
        if any(x.shape != kept.shape for x, kept in zip(batch, inputs, strict=True)):
            return step(*batch)

        for kept, x in zip(inputs, batch, strict=True):
            kept.copy_(x)
        replay()
        return {name: number.detach().clone() for name, number in numbers.items()}

    return fast


class CudaGraph:
    """Records on a CUDA device."""

    def warm(self, action: Callable[[], Numbers]) -> Numbers:
        """Do the work on a stream of its own, where the recording will be made too."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            numbers = action()
        torch.cuda.current_stream().wait_stream(stream)
        return numbers

    def record(self, action: Callable[[], Replayable]) -> tuple[Replayable, Callable[[], None]]:
        """Record without doing; the graph keeps memory of its own.

        Raises:
            RuntimeError: Something in the work waits for the device.
        """
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                numbers = action()
        except RuntimeError as error:
            raise RuntimeError(
                "compiled: expected a step that never waits for the GPU (no .item(), no noise from "
                f"the CPU, Adam with capturable=True), got: {str(error).splitlines()[0]}"
            ) from error
        return numbers, graph.replay


def tensors_only(numbers: Numbers) -> Replayable:
    """The numbers, if a recording can renew each of them.

    Raises:
        ValueError: One is no tensor.
    """
    for name, number in numbers.items():
        if not isinstance(number, Tensor):
            raise ValueError(f"compiled: expected tensors, got {name} = {number}, read by the step")
    return {name: number.detach() for name, number in numbers.items()}
