"""Train the shipped models again, or measure what is shipped.

python -m course_utils.recipes train [NAME ...]
python -m course_utils.recipes check [NAME ...]
"""

import argparse
import importlib
import pkgutil
import time
from types import ModuleType

import torch

from course_utils import recipes, weights
from course_utils.device import best_device, seed_everything


def names() -> list[str]:
    """Every recipe."""
    found = [module.name for module in pkgutil.iter_modules(recipes.__path__) if not module.ispkg]
    return [name for name in found if not name.startswith("_")]


def recipe(name: str) -> ModuleType:
    """The recipe of that name."""
    if name not in names():
        raise SystemExit(f"recipes: expected one of {names()}, got '{name}'")
    return importlib.import_module(f"course_utils.recipes.{name}")


def train(name: str) -> None:
    """Train one model, measure it as it is stored, and write file and card."""
    chosen, device = recipe(name), best_device()
    seed_everything(chosen.SEED)
    model = chosen.build().to(device)
    start = time.perf_counter()
    chosen.fit(model, device)
    minutes = (time.perf_counter() - start) / 60
    model = weights.half_precision(model.eval())
    card = {
        "data": chosen.DATA,
        "objective": chosen.OBJECTIVE,
        "seed": str(chosen.SEED),
        "steps": str(chosen.STEPS),
        "device": f"{device.type}, {torch.get_num_threads()} threads",
        "minutes": f"{minutes:.1f}",
    }
    numbers = {key: f"{value:.6g}" for key, value in chosen.measure(model).items()}
    path = weights.save(name, model, card | numbers)
    print(f"{name}: {path.stat().st_size / 1e6:.2f} MB, {minutes:.1f} minutes, {numbers}")


def check(name: str) -> None:
    """Measure the shipped weights, each number beside the card's."""
    chosen, stored = recipe(name), weights.card(name)
    model = weights.load(name, chosen.build())
    for key, value in chosen.measure(model).items():
        print(f"{name}: {key} {value:.6g}, the card says {stored.get(key, 'nothing')}")


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(prog="recipes", description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("train", "check"))
    parser.add_argument("chosen", nargs="*", metavar="NAME", help="recipes; all of them if none")
    arguments = parser.parse_args()
    for name in arguments.chosen or names():
        {"train": train, "check": check}[arguments.command](name)


if __name__ == "__main__":
    main()
