"""A latent variable on the line: move q, and the evidence splits anew into ELBO and KL."""

import math
from collections.abc import Sequence

import numpy as np
import torch
import traitlets
from torch import Tensor

from course_utils.explorers.arguments import finite, numbers
from course_utils.explorers.base import Explorer, shown
from course_utils.explorers.page import joined
from course_utils.explorers.poster import Panel, Poster
from course_utils.plotting import DATA, MODEL
from course_utils.types import Grid


class ElboExplorer(Explorer):
    """Drag q(z) over the exact posterior, and see log p(x) = ELBO + KL with a sum that stays put.

        log p(x) = Σ_q ( log p(x, z) − log q(z) ) + KL( q(z) ‖ p(z | x) )

    The model is given by its joint density on an even grid of z. There the evidence and the
    posterior are exact sums, and q is a Gaussian whose values on the grid sum to 1, so that the two
    parts add up to the evidence to rounding.

    Args:
        log_joint: log p(x, z) in nats for each x, shape (n_x, points) or (points,) for one x.
        z: The even grid, shape (points,), from 50 to 2,000 increasing numbers.
        names: What each x is called, such as 'x = 1.5'.
        x: Index of the x that is shown first.
        mu: Mean of q at the start.
        sigma: Standard deviation of q at the start.
        task: What to try, shown above.

    Raises:
        ValueError: An argument does not fit; the message says what was expected and what came.

    Example:
        >>> z = torch.linspace(-6, 6, 401)
        >>> normal = torch.distributions.Normal
        >>> joint = normal(0.0, 1.0).log_prob(z) + normal(z, 1.0).log_prob(torch.tensor(1.0))
        >>> explorer = ElboExplorer(joint, z, mu=0.5, sigma=0.5**0.5)
        >>> abs(explorer.parts["kl"]) < 1e-6
        True
    """

    _esm = joined("elbo")

    z = shown(traitlets.List(traitlets.Float()))
    """First and last point of the grid."""
    joint = shown(traitlets.Bytes())
    names = shown(traitlets.List(traitlets.Unicode()))
    x = shown(traitlets.Int())
    """Index of the x that is shown."""
    mu = shown(traitlets.Float())
    """Mean of q."""
    sigma = shown(traitlets.Float())
    """Standard deviation of q."""

    def __init__(
        self,
        log_joint: Tensor,
        z: Grid,
        *,
        names: Sequence[str] | None = None,
        x: int = 0,
        mu: float | None = None,
        sigma: float | None = None,
        task: str = "Drag q. Can the KL become 0, and what does the ELBO equal then?",
    ) -> None:
        self.grid = even("z", z)
        points = len(self.grid)
        table = torch.atleast_2d(torch.as_tensor(log_joint))
        self.log_joint = finite("log_joint", table, shape=("n_x", points)).double()
        names = [f"x{i + 1}" for i in range(len(table))] if names is None else list(names)
        if len(names) != len(table):
            raise ValueError(f"names: expected {len(table)}, one for each x, got {len(names)}")
        width = (self.grid[-1] - self.grid[0]).item()
        super().__init__(
            z=[self.grid[0].item(), self.grid[-1].item()],
            joint=self.log_joint.numpy().astype("<f4").tobytes(),
            names=[str(name) for name in names],
            x=x,
            mu=self.grid[points // 3].item() if mu is None else mu,
            sigma=width / 12 if sigma is None else sigma,
            task=task,
        )

    @traitlets.validate("x")
    def _check_x(self, proposal: dict) -> int:
        if not 0 <= proposal["value"] < len(self.log_joint):
            count = len(self.log_joint)
            raise ValueError(f"x: expected an index below {count}, got {proposal['value']}")
        return proposal["value"]

    @traitlets.validate("mu", "sigma")
    def _check_number(self, proposal: dict) -> float:
        name = proposal["trait"].name
        (value,) = numbers(name, [proposal["value"]], count=1)
        if name == "sigma" and value <= 0:
            raise ValueError(f"sigma: expected a positive number, got {value}")
        return value

    @property
    def spacing(self) -> float:
        """Distance between neighbouring points of the grid."""
        return (self.grid[1] - self.grid[0]).item()

    def posterior(self) -> Grid:
        """log p(z | x) on the grid for the x that is shown, in nats."""
        joint = self.log_joint[self.x]
        return joint - joint.logsumexp(dim=0) - math.log(self.spacing)

    def q(self) -> Grid:
        """log q(z) on the grid, normalised there."""
        log_q = -0.5 * ((self.grid - self.mu) / self.sigma).square()
        return log_q - log_q.logsumexp(dim=0) - math.log(self.spacing)

    @property
    def parts(self) -> dict[str, float]:
        """ELBO, KL(q ‖ posterior) and log p(x) in nats: the first two add up to the third."""
        joint, log_q = self.log_joint[self.x], self.q()
        mass = log_q.exp() * self.spacing

        return {
            "elbo": (mass * (joint - log_q)).sum().item(),
            "kl": (mass * (log_q - self.posterior())).sum().item(),
            "log_p_x": joint.logsumexp(dim=0).item() + math.log(self.spacing),
        }

    def describe(self) -> str:
        """One sentence that stands for the explorer where it cannot be seen."""
        parts = self.parts
        return (
            f"The exact posterior of a latent z for {self.names[self.x]}, and a Gaussian q: ELBO "
            f"{parts['elbo']:.2f} and KL {parts['kl']:.2f} nats add up to log p(x) = "
            f"{parts['log_p_x']:.2f}."
        )

    def poster(self) -> bytes:
        """Posterior and q, and below them the bar of ELBO and KL."""
        poster = Poster(640, 330)
        posterior, q = self.posterior().exp(), self.q().exp()
        top = 1.15 * max(posterior.max().item(), q.max().item())
        panel = Panel(poster, (8, 8, 624, 220), (*self.z, 0.0, top))
        z = self.grid.tolist()
        for values, colour, dashed in ((posterior, DATA, False), (q, MODEL, True)):
            line = list(zip(z, values.tolist()))
            panel.area(line, colour + "20")
            panel.line(line, colour, dashed=dashed)
        for values, colour, name in ((posterior, DATA, "p(z | x)"), (q, MODEL, "q")):
            at = int(values.argmax())
            panel.label(z[at], values[at].item(), name, colour)

        parts = self.parts
        low = min(parts["elbo"], parts["log_p_x"] - 2.0) - 0.5
        bar = Panel(poster, (8, 244, 624, 30), (low, parts["log_p_x"], 0.0, 1.0))
        bar.area([(low, 1.0), (parts["elbo"], 1.0)], MODEL)
        bar.area([(parts["elbo"], 1.0), (parts["log_p_x"], 1.0)], "#d55e0090")
        words = f"ELBO {parts['elbo']:.2f}  +  KL {parts['kl']:.2f}  =  log p(x) "
        poster.text(320, 300, f"{words} {parts['log_p_x']:.2f} nats", anchor="mm", size=15)

        return poster.png()


def even(name: str, values: Tensor) -> Grid:
    """An even, increasing grid in float64.

    Raises:
        ValueError: It has fewer than 50 or more than 2,000 points, or uneven steps.
    """
    grid = finite(name, values, shape=("points",)).double()
    if not 50 <= len(grid) <= 2000:
        raise ValueError(f"{name}: expected 50 to 2,000 points, got {len(grid)}")
    steps = grid.diff()
    if steps.min() <= 0 or not np.allclose(steps, steps.mean(), rtol=1e-3):
        raise ValueError(
            f"{name}: expected an even, increasing grid, got steps from {steps.min():.3g} to "
            f"{steps.max():.3g}"
        )

    return torch.linspace(grid[0].item(), grid[-1].item(), len(grid), dtype=torch.float64)
