"""The least time that a step can take on this machine: its arithmetic and its optimiser's bytes.

Arithmetic: the multiply-adds of forward and backward pass, counted by torch, at the rate of a large
matrix product. Bytes: Adam reads gradient, weight and both moments and writes three of them back,
at the rate of a large copy. What neither counts (activations, noise, the loss, Python) is what a
loop can be blamed for.
"""

import time
from collections.abc import Callable

import torch
from cases import Case
from torch.utils.flop_counter import FlopCounterMode


def best(action: Callable[[], object], device: torch.device, rounds: int = 20) -> float:
    """Seconds of the fastest of many calls."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return min(times)


def rates(device: torch.device) -> tuple[float, float]:
    """Floating-point operations a second, and bytes a second."""
    side, count = (8192, 2**28) if device.type == "cuda" else (1024, 2**24)
    a = torch.randn(side, side, device=device)
    x, y = torch.zeros(2, count, device=device)
    return (
        2 * side**3 / best(lambda: a @ a, device),
        2 * 4 * count / best(lambda: y.copy_(x), device),
    )


def floor(case: Case, device: torch.device) -> dict[str, float]:
    """Seconds an epoch can take at least, with what they are made of."""
    model = case.at_hand(device)
    step = case.step(model)
    x = case.data(case.size).to(device) / 255
    with FlopCounterMode(display=False) as counter:
        step(x)
    operations, traffic = rates(device)
    numbers = sum(weight.numel() for weight in model.parameters())
    steps = case.images // case.size
    arithmetic = counter.get_total_flops() / operations
    optimiser = 7 * 4 * numbers / traffic

    return {
        "epoch": steps * (arithmetic + optimiser),
        "GFLOP a step": counter.get_total_flops() / 1e9,
        "GFLOP a second": operations / 1e9,
        "GB a second": traffic / 1e9,
        "numbers": numbers,
    }
