"""How many faces a second does `data.faces` draw, and how much memory does it need?

OMP_NUM_THREADS=2 python benchmarks/faces.py
"""

import statistics
import time

import psutil
import torch

from course_utils.data import faces

ROUNDS, COUNT = 5, 2000


def main() -> None:
    """Print the rate's median and range, and what a picture costs beyond its bytes."""
    faces(64)
    rates = []
    before = psutil.Process().memory_info().rss
    for seed in range(ROUNDS):
        start = time.perf_counter()
        some = faces(COUNT, seed=seed)
        rates.append(COUNT / (time.perf_counter() - start))
    grown = psutil.Process().memory_info().rss - before
    print(f"{torch.get_num_threads()} threads, {COUNT} faces, {ROUNDS} rounds")
    print(f"faces a second: {statistics.median(rates):.0f} ({min(rates):.0f}-{max(rates):.0f})")
    print(f"pictures: {some.x.numel() / 1e6:.0f} MB, memory grown by {grown / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
