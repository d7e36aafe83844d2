import platform
import random
import sys
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
import torch

from course_utils import device


def draws() -> tuple[float, float, float]:
    return random.random(), np.random.rand(), torch.rand(()).item()


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu"), (True, False, "cuda")],
)
def test_best_device_prefers_cuda_then_mps(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, expected: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    assert device.best_device() == torch.device(expected)


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1])
def test_same_seed_repeats_all_three_generators(seed: int) -> None:
    device.seed_everything(seed)
    first = draws()
    device.seed_everything(seed)

    assert draws() == first


def test_other_seed_changes_all_three_generators() -> None:
    device.seed_everything(1)
    first = draws()
    device.seed_everything(2)

    assert all(a != b for a, b in zip(first, draws()))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match=rf"seed: .*got {seed}"):
        device.seed_everything(seed)


def test_threads_are_set_and_at_least_one() -> None:
    before = torch.get_num_threads()
    device.set_threads(2)
    assert torch.get_num_threads() == 2
    device.set_threads(before)

    with pytest.raises(ValueError, match=r"count: .*got 0"):
        device.set_threads(0)


def test_peak_memory_is_in_bytes_and_never_below_what_is_held() -> None:
    held = psutil.Process().memory_info().rss
    peak = device.peak_memory(torch.device("cpu"))

    assert 0.9 * held <= peak < 100 * held


def test_peak_memory_grows_by_what_was_allocated_and_does_not_fall() -> None:
    before = device.peak_memory(torch.device("cpu"))
    held = psutil.Process().memory_info().rss
    block = torch.ones((before - held) // 4 + 2**25)  # four bytes each
    during = device.peak_memory(torch.device("cpu"))
    del block

    assert during >= before + 2**26
    assert device.peak_memory(torch.device("cpu")) >= during


def test_peak_memory_of_a_gpu_is_what_torch_allocated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        torch.cuda, "max_memory_allocated", lambda device: {"cuda:1": 77}[str(device)]
    )

    assert device.peak_memory(torch.device("cuda:1")) == 77


def test_peak_memory_is_taken_where_each_system_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    cpu = torch.device("cpu")
    monkeypatch.setattr(resource, "getrusage", lambda who: SimpleNamespace(ru_maxrss=5000))
    for system, unit in (("Linux", 1024), ("Darwin", 1)):
        monkeypatch.setattr(platform, "system", lambda system=system: system)
        assert device.peak_memory(cpu) == 5000 * unit

    memory = SimpleNamespace(rss=7, peak_wset=9)  # as on Windows
    monkeypatch.setattr(psutil.Process, "memory_info", lambda self: memory)
    assert device.peak_memory(cpu) == 9


def test_memory_held_stands_in_where_no_peak_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    monkeypatch.setattr(psutil.Process, "memory_info", lambda self: SimpleNamespace(rss=7))

    assert device.peak_memory(torch.device("cpu")) == 7


def test_installed_gives_the_version_or_says_missing() -> None:
    assert device.installed("numpy") == np.__version__
    assert device.installed("no-such-package-anywhere") == "missing"


def test_report_names_versions_and_device_in_one_paragraph() -> None:
    text = device.report()

    assert "\n" not in text
    for part in (torch.__version__, f"numpy {np.__version__}", "Python 3.", "cores", "GiB"):
        assert part in text


def test_report_gives_the_free_memory_in_gibibytes(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = SimpleNamespace(available=5 * 2**29)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)

    assert "2.5 GiB of memory free" in device.report()


def test_report_names_the_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "best_device", lambda: torch.device("cuda"))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Great Card 9000")

    assert "on cuda (Great Card 9000)" in device.report()
