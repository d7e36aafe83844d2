"""How do time and memory grow with the data, the latents and the image? Draws growth.png.

    OMP_NUM_THREADS=2 GOMP_SPINCOUNT=20000 python benchmarks/growth.py

The VAE with layers pixels-400-d-400-pixels, batches of 128, in a process of its own for each point:
one epoch to warm up, then three on the clock. Memory is what the process holds at the end above
what it held before data and model were there. The exponent is the slope between logarithms, by
least squares over all points and over the last three.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import psutil
import torch
import torch.nn.functional as F
from cases import Halves, digit_loss, vae_step

from course_utils import plotting
from course_utils.data import mnist
from course_utils.device import best_device, seed_everything
from course_utils.nn import mlp
from course_utils.training import Batches, compiled, train

USUAL = {"images": 15_000, "latents": 20, "side": 28}
SWEEPS = {
    "images": (1_000, 3_750, 7_500, 15_000, 30_000, 60_000),
    "latents": (2, 20, 100, 400, 1_600),
    "side": (14, 28, 56, 112),
}
EPOCHS = 3


def resized(count: int, side: int) -> torch.Tensor:
    """Digits of that side, flat bytes."""
    parts = mnist().x_train[:count].split(2_000)
    if side == 28:
        return torch.cat(parts).flatten(1)
    return torch.cat([F.interpolate(x.float(), side).byte().flatten(1) for x in parts])


def point(images: int, latents: int, side: int) -> dict[str, float]:
    """Seconds an epoch and MB, in this process."""
    seed_everything(0)
    mnist(), torch.randn(256, 784) @ torch.randn(784, 256)
    before = psutil.Process().memory_full_info().uss
    device = best_device()
    batches = Batches(resized(images, side).to(device), size=128, seed=0)
    pixels = side**2
    model = Halves(mlp(pixels, 400, 2 * latents), mlp(latents, 400, pixels), latents).to(device)
    step = compiled(vae_step(model, digit_loss))
    times = []
    for _ in range(1 + EPOCHS):
        start = time.perf_counter()
        train(step, batches, batches.per_epoch)
        times.append(time.perf_counter() - start)
    held = psutil.Process().memory_full_info().uss - before

    return {"seconds": statistics.median(times[1:]), "MB": held / 1e6}


def slope(x: list[float], y: list[float]) -> float:
    """The exponent a of y ~ x^a."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def main() -> None:
    """Measure each point, print the table, draw the picture."""
    if len(sys.argv) > 1:
        print(json.dumps(point(**json.loads(sys.argv[1]))))
        return

    fig, axes = plt.subplots(1, 3, figsize=(10, 3.4))
    for ax, (name, values) in zip(axes, SWEEPS.items(), strict=True):
        found = []
        for value in values:
            command = [sys.executable, __file__, json.dumps(USUAL | {name: value})]
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=True,
                env=os.environ | {"COURSE_PROGRESS": "0"},
            )
            found.append(json.loads(done.stdout))
            print(f"{name} {value:6}: {found[-1]['seconds']:7.3f} s  {found[-1]['MB']:6.0f} MB")
        for key, colour, mark in (("seconds", plotting.MODEL, "o"), ("MB", plotting.FAKE, "s")):
            y = [one[key] for one in found]
            over_all, last = slope(values, y), slope(values[-3:], y[-3:])
            print(f"{name}: {key} ~ {name}^{over_all:.2f}, last three points {last:.2f}")
            label = f"{key}: exponent {last:.2f}"
            ax.loglog(values, y, marker=mark, color=colour, label=label)
        ax.set_xlabel(f"{name} of an image" if name == "side" else name)
        ax.set_xticks(values, labels=[f"{value:,}" for value in values], fontsize=7)
        ax.set_xticks([], minor=True)
        ax.legend(fontsize=8, loc="lower left", bbox_to_anchor=(0, 1))
    axes[0].set_ylabel("seconds an epoch, MB")
    plt.tight_layout()
    fig.savefig(Path(__file__).with_name("growth.png"), dpi=110)


if __name__ == "__main__":
    main()
