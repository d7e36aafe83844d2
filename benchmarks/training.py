"""How fast is the course's loop, beside the usual one and beside two libraries? One run, one table.

    OMP_NUM_THREADS=2 GOMP_SPINCOUNT=20000 python benchmarks/training.py --rounds 3

The contenders take turns, each in a process of its own (`cases.py`, `loops.py`, `rivals.py`). The
first epoch warms up. The model is tested after each epoch, off the clock, until it reaches the
target. Memory is the most that a process and its workers held above what data and model took.

    ours         Batches, train, compiled: a batch is an index into bytes
    by hand      the same step in a bare for loop
    usual, n     PyTorch's example, a DataLoader with n workers
    pythae, lightning    their trainers, with the same networks (`pip install pythae lightning`)
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from functools import partial

import loops
import rivals
import torch
from cases import CASES
from clock import Clock
from floor import floor

from course_utils.device import best_device, seed_everything

CONTENDERS: dict[str, Callable] = {
    "ours": loops.ours,
    "by hand": loops.by_hand,
    "usual, 0": partial(loops.usual, workers=0),
    "usual, 2": partial(loops.usual, workers=2),
    "pythae": rivals.pythae,
    "lightning": rivals.lightning,
}


def contend(name: str, case: str) -> dict[str, float]:
    """One contender, in this process."""
    seed_everything(0)
    device = best_device()
    clock = Clock(CASES[case], device)
    CONTENDERS[name](CASES[case], device, clock)
    return clock.found()


def measured(name: str, case: str) -> dict[str, float]:
    """The same in a process of its own.

    Raises:
        SystemExit: It failed; the message is its last line.
    """
    command = [sys.executable, __file__, "--contend", name, "--case", case]
    environment = os.environ | {"COURSE_PROGRESS": "0"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{case}, {name}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def entrants(case: str) -> list[str]:
    """Who can play: pythae knows no GAN, and a library that is not installed is named."""
    names = [name for name in CONTENDERS if not (name == "pythae" and CASES[case].loss is None)]
    absent = [n for n in ("pythae", "lightning") if importlib.util.find_spec(n) is None]
    for name in absent:
        print(f"{name} is not installed: left out (pip install {name})")
    return [name for name in names if name not in absent]


def table(case: str, rounds: int) -> None:
    """Let the contenders take turns and print medians, ranges and ratios."""
    least, chosen = floor(CASES[case], best_device()), CASES[case]
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in entrants(case)}
    for _ in range(rounds):
        for name, found in runs.items():
            found.append(measured(name, case))

    print(f"\n{case}: {least['numbers']:,} numbers to learn, {chosen.images:,} images an epoch")
    head = ("s an epoch", "(range)", "ratio", "MB", "s to target", "epochs", "score")
    print(f"{'':10} {head[0]:>10} {head[1]:>16} {head[2]:>6} {head[3]:>6} ", *head[4:], sep="  ")
    for name, found in runs.items():
        pairs = zip(found, runs["ours"], strict=True)
        ratio = statistics.median(one["epoch"] / our["epoch"] for one, our in pairs)
        middle = {key: statistics.median(run[key] for run in found) for key in found[0]}
        times = [run["epoch"] for run in found]
        spread = f"{min(times):.2f}-{max(times):.2f}"
        print(
            f"{name:10} {middle['epoch']:10.2f} {spread:>16} {ratio:6.2f} {middle['MB']:6.0f}   "
            f"{middle['target']:11.1f}  {middle['epochs']:6.0f}  {middle['score']:7.2f}"
        )
    ours = statistics.median(run["epoch"] for run in runs["ours"])
    print(
        f"floor      {least['epoch']:10.2f}: {least['GFLOP a step']:.2f} GFLOP a step at "
        f"{least['GFLOP a second']:.0f} a second, Adam's bytes at {least['GB a second']:.1f} GB a "
        f"second; reached {least['epoch'] / ours:.0%}"
    )


def main() -> None:
    """Print a table for each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--case", choices=CASES, help="one case only")
    parser.add_argument("--contend", choices=CONTENDERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contend:
        print(json.dumps(contend(arguments.contend, arguments.case)))
        return

    print(f"{best_device()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    for case in [arguments.case] if arguments.case else CASES:
        table(case, arguments.rounds)


if __name__ == "__main__":
    main()
