"""What every test starts from: one thread, no window, no progress bar, the same chance."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("COURSE_PROGRESS", "0")

from collections.abc import Iterator

import hypothesis
import jaxtyping
import matplotlib.pyplot as plt
import pytest

from course_utils.device import seed_everything

hypothesis.settings.register_profile(
    "course", max_examples=50, deadline=None, derandomize=True, database=None
)
hypothesis.settings.load_profile("course")


@pytest.fixture(autouse=True)
def _same_chance() -> Iterator[None]:
    """Seed the global generators before each test, and close its figures after it."""
    seed_everything(0)
    yield
    plt.close("all")


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Switch the check of shapes off, to see what a function itself says about wrong ones."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
