"""How fast is the course's loop, beside the usual one? Side by side, in one run.

    OMP_NUM_THREADS=2 GOMP_SPINCOUNT=20000 python benchmarks/training.py --rounds 3

The model is the VAE with layers 784-400-20-400-784, the data 60,000 digits, a batch 128. They take
turns, each in a process of its own: 50 steps to warm up, then one epoch on the clock.
Memory is the most that the process and its workers held during the epoch above what they held when
data and model were there. Where there is a GPU, the epoch ends when the device has finished.

    ours         Batches and train: a batch is an index into bytes, numbers are read every 50 steps
    by hand      the same step in a bare for loop, its indices drawn by hand
    usual, n     the example that ships with PyTorch: DataLoader with n workers, for each example a
                 picture of Pillow and torchvision's ToTensor, operation by operation; sigmoid and
                 binary cross-entropy, Adam as it comes, .item() after each step
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import islice

import numpy as np
import psutil
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.optim import Adam
from torch.utils.data import DataLoader, Dataset

from course_utils import objectives
from course_utils.data import mnist
from course_utils.device import best_device, seed_everything
from course_utils.divergences import kl_to_prior
from course_utils.nn import mlp
from course_utils.training import Batches, train

SIZE, WARM_UP = 128, 50
CONTENDERS = ("ours", "by hand", "usual, 0", "usual, 2")


class Halves(nn.Module):
    """Encoder 784-400-40 and decoder 20-400-784 of a VAE."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = mlp(784, 400, 40)
        self.decoder = mlp(20, 400, 784)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of the pixels, and mean and log variance of the code."""
        mu, logvar = self.encoder(x).chunk(2, dim=1)
        z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
        return self.decoder(z), mu, logvar


def our_step(model: Halves, device: torch.device) -> Callable[[Tensor], dict[str, Tensor]]:
    """A step as the notebooks write it: a loss on logits, Adam in one kernel."""
    optimizer = Adam(model.parameters(), lr=1e-3, fused=True)

    def vae_step(x: Tensor) -> dict[str, Tensor]:
        logits, mu, logvar = model(x)
        loss = (objectives.bernoulli_nll(logits, x) + kl_to_prior(mu, logvar)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return {"negative ELBO": loss}

    return vae_step


def ours(model: Halves, device: torch.device) -> Callable[[int | None], float]:
    """The course's loop."""
    batches = Batches(mnist().x_train.flatten(1).to(device), size=SIZE, seed=0)
    step = our_step(model, device)

    def run(steps: int | None) -> float:
        history = train(step, batches, steps or batches.per_epoch)
        return history["negative ELBO"][-1]

    return run


def by_hand(model: Halves, device: torch.device) -> Callable[[int | None], float]:
    """The same step, in the shortest loop there is."""
    images = mnist().x_train.flatten(1).to(device)
    step = our_step(model, device)

    def run(steps: int | None) -> float:
        order = torch.randperm(len(images)).to(device)
        for i in range(steps or len(images) // SIZE):
            loss = step(images[order[i * SIZE : (i + 1) * SIZE]] / 255)["negative ELBO"]
        return loss.item()

    return run


def usual(model: Halves, device: torch.device, workers: int) -> Callable[[int | None], float]:
    """PyTorch's own example of a VAE."""
    loader = DataLoader(Digits(), batch_size=SIZE, shuffle=True, num_workers=workers)
    optimizer = Adam(model.parameters(), lr=1e-3)

    def run(steps: int | None) -> float:
        total = 0.0
        for batch, _ in islice(loader, steps):
            x = batch.to(device).view(-1, 784)
            optimizer.zero_grad()
            logits, mu, logvar = model(x)
            error = F.binary_cross_entropy(torch.sigmoid(logits), x, reduction="sum")
            loss = error - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
            loss.backward()
            total += loss.item()
            optimizer.step()
        return loss.item() / len(x)

    return run


class Digits(Dataset):
    """Digits one by one, as torchvision's MNIST and its ToTensor hand them out."""

    def __init__(self) -> None:
        dataset = mnist()
        self.images, self.labels = dataset.x_train[:, 0], dataset.y_train

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self.images[index].numpy())
        pixels = torch.from_numpy(np.array(picture, np.uint8, copy=True))
        pixels = pixels.view(picture.size[1], picture.size[0], 1).permute((2, 0, 1)).contiguous()
        return pixels.to(dtype=torch.float32).div(255), int(self.labels[index])


def held() -> float:
    """Memory of this process and its children, in MB; shared pages are counted once."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    total = 0
    for process in processes:
        try:
            total += process.memory_full_info().pss
        except (psutil.Error, AttributeError):
            continue

    return total / 1e6


def contend(name: str) -> dict[str, float]:
    """One epoch of one contender, in this process."""
    seed_everything(0)
    device = best_device()
    model = Halves().to(device)
    if name.startswith("usual"):
        run = usual(model, device, int(name[-1]))
    else:
        run = {"ours": ours, "by hand": by_hand}[name](model, device)
    run(WARM_UP)

    before, most, done = held(), [held()], threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            most.append(held())

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    loss = run(None)
    if device.type == "cuda":
        torch.cuda.synchronize()
    seconds = time.perf_counter() - start
    done.set()
    watcher.join()

    return {"seconds": seconds, "MB": max(most) - before, "loss": loss}


def main() -> None:
    """Let the contenders take turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--contend", choices=CONTENDERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contend:
        print(json.dumps(contend(arguments.contend)))
        return

    results: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    for _ in range(arguments.rounds):
        for name in CONTENDERS:
            command = [sys.executable, __file__, "--contend", name]
            environment = os.environ | {"COURSE_PROGRESS": "0"}
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
            if done.returncode:
                sys.exit(f"{name}: {done.stderr.strip().splitlines()[-1]}")
            results[name].append(json.loads(done.stdout.splitlines()[-1]))

    print(f"{best_device().type}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print(f"{'':10} {'s an epoch':>10} {'(range)':>14} {'ratio':>6} {'MB':>5} {'last loss':>9}")
    for name, runs in results.items():
        times = [run["seconds"] for run in runs]
        pairs = zip(times, (run["seconds"] for run in results["ours"]), strict=True)
        ratio = statistics.median(one / our for one, our in pairs)
        middle, spread = statistics.median(times), f"{min(times):.2f}-{max(times):.2f}"
        memory = statistics.median(run["MB"] for run in runs)
        loss = statistics.median(run["loss"] for run in runs)
        print(f"{name:10} {middle:10.2f} {spread:>14} {ratio:6.2f} {memory:5.0f} {loss:9.1f}")


if __name__ == "__main__":
    main()
