"""Seconds, memory and quality of one contender's epochs."""

import threading
import time

import psutil
import torch
from cases import Case, Halves


class Clock:
    """Times epochs; tests the model between them, off the clock.

    The first epoch warms up: it counts towards the seconds to the target, not towards the epoch.

    Args:
        case: Says how many epochs at most, and what to reach.
        device: Its kernels have finished when an epoch ends.
    """

    def __init__(self, case: Case, device: torch.device) -> None:
        self.case = case
        self.device = device
        self.seconds: list[float] = []
        self.scores: list[float] = []
        self.before = self.most = 0.0

    def start(self) -> None:
        """An epoch begins."""
        if not self.seconds:
            self.before = held()
        self.done = threading.Event()
        self.watcher = threading.Thread(target=self._watch)
        self.watcher.start()
        self.began = time.perf_counter()

    def stop(self, model: Halves) -> bool:
        """An epoch has ended: test the model, and say whether there is another."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        self.seconds.append(time.perf_counter() - self.began)
        self.done.set()
        self.watcher.join()
        self.scores.append(self.case.score(model))
        more = len(self.seconds) < self.case.epochs and not self.reached
        return len(self.seconds) < 2 or more

    @property
    def reached(self) -> bool:
        """Whether the last test met the target."""
        return self.scores[-1] <= self.case.target

    def _watch(self) -> None:
        while not self.done.wait(0.5):
            self.most = max(self.most, held())

    def found(self) -> dict[str, float]:
        """Seconds an epoch, seconds until the target, MB above what data and model took."""
        epochs = sorted(self.seconds[1:])
        return {
            "epoch": epochs[len(epochs) // 2],
            "target": sum(self.seconds) if self.reached else float("nan"),
            "epochs": len(self.seconds),
            "MB": max(self.most - self.before, 0.0),
            "score": self.scores[-1],
        }


def held() -> float:
    """Memory of this process and its children, in MB; shared pages are counted once."""
    total = 0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        try:
            total += process.memory_full_info().pss
        except (psutil.Error, AttributeError):
            continue

    return total / 1e6
