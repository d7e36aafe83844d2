"""Two densities on the line under the pointer: KL both ways, JSD, W₁ and the discriminator."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
import traitlets

from course_utils.divergences import jsd_on_grid, kl_on_grid, wasserstein1_on_grid
from course_utils.explorers.arguments import numbers
from course_utils.explorers.base import Explorer, shown
from course_utils.explorers.page import joined
from course_utils.explorers.poster import Panel, Poster
from course_utils.plotting import DATA, FAKE, FIFTH, MODEL
from course_utils.types import Grid

Mixture = Sequence[Sequence[float]]
Shade = Literal["kl_pq", "kl_qp", "jsd", "w1", "value"]
SHADES = ("kl_pq", "kl_qp", "jsd", "w1", "value")
POINTS = 3601  # of the grid, which reaches one width beyond the picture on either side
FLOOR = 1e-300
TASK = "Drag {} until one number is small. Which of the others stay large?"


class DensityExplorer(Explorer):
    """Drag two densities, and see by which measure they differ and where.

    Each density is one Gaussian or a mixture of two. Everything is computed in the page; Python
    reads the same numbers in `divergences`.

    Args:
        p: First density as components (weight, mean, standard deviation), one or two.
        q: Second density, likewise.
        names: What p and q are called.
        bounds: The interval that is drawn.
        shade: The measure whose integrand is shaded: 'kl_pq', 'kl_qp', 'jsd' or 'w1'; in a game
            also 'value'.
        discriminator: Show the optimal discriminator D* = p / (p + q) and V(D*, G).
        game: Always show it, with V and C(G) = −log 4 + 2 JSD in the list of numbers, and let D be
            held while p and q move on. V is then that of the D held, and at most C(G).
        task: What to try, shown above.

    Raises:
        ValueError: An argument does not fit; the message says what was expected and what came.

    Example:
        >>> explorer = DensityExplorer(p=[(1, 0, 1)], q=[(1, 2, 1)])
        >>> round(explorer.divergences["kl_pq"], 4)
        2.0
    """

    _esm = joined("density")

    p = shown(traitlets.List())
    """Components of the first density, each [weight, mean, standard deviation]."""
    q = shown(traitlets.List())
    """Components of the second density."""
    names = shown(traitlets.List(traitlets.Unicode()))
    bounds = shown(traitlets.List(traitlets.Float()))
    shade = shown(traitlets.Unicode())
    discriminator = shown(traitlets.Bool())
    game = shown(traitlets.Bool())
    held = shown(traitlets.List())
    """The two densities for which D was the best when it was held; empty while it follows."""

    def __init__(
        self,
        p: Mixture = ((0.5, -1.6, 0.7), (0.5, 1.6, 0.7)),
        q: Mixture = ((1.0, 0.6, 1.2),),
        *,
        names: tuple[str, str] = ("p", "q"),
        bounds: tuple[float, float] = (-6.0, 6.0),
        shade: Shade = "kl_pq",
        discriminator: bool = False,
        game: bool = False,
        task: str | None = None,
    ) -> None:
        low, high = numbers("bounds", bounds, count=2)
        if low >= high:
            raise ValueError(f"bounds: expected low < high, got {tuple(bounds)}")
        if len(names) != 2 or not all(names):
            raise ValueError(f"names: expected two names, got {tuple(names)}")
        if shade == "value" and not game:
            raise ValueError("shade: expected 'value' in a game only")
        super().__init__(
            bounds=[low, high],
            p=p,
            q=q,
            names=list(names),
            shade=shade,
            discriminator=discriminator or game,
            game=game,
            held=[],
            task=TASK.format(names[1]) if task is None else task,
        )

    @traitlets.validate("p", "q")
    def _check_mixture(self, proposal: dict) -> list[list[float]]:
        return mixture(proposal["trait"].name, proposal["value"])

    @traitlets.validate("held")
    def _check_held(self, proposal: dict) -> list[list[list[float]]]:
        if len(proposal["value"]) not in (0, 2):
            raise ValueError(f"held: expected two densities or none, got {proposal['value']}")
        return [mixture("held", components) for components in proposal["value"]]

    @traitlets.validate("shade")
    def _check_shade(self, proposal: dict) -> str:
        if proposal["value"] not in SHADES:
            raise ValueError(f"shade: expected one of {SHADES}, got {proposal['value']!r}")
        return proposal["value"]

    @property
    def spacing(self) -> float:
        """Distance between neighbouring points of the grid."""
        low, high = self.bounds
        return 3 * (high - low) / (POINTS - 1)

    @property
    def x(self) -> Grid:
        """The grid on which everything is summed."""
        low, high = self.bounds
        width = high - low
        return torch.linspace(low - width, high + width, POINTS, dtype=torch.float64)

    @property
    def divergences(self) -> dict[str, float]:
        """KL both ways, JSD and V in nats, and W₁ in the unit of x; in a game also C(G)."""
        x, spacing = self.x, self.spacing
        p, q = density(self.p, x), density(self.q, x)
        d, not_d = self.log_discriminator(x)
        values = {
            "kl_pq": kl_on_grid(p, q, spacing=spacing),
            "kl_qp": kl_on_grid(q, p, spacing=spacing),
            "jsd": jsd_on_grid(p, q, spacing=spacing),
            "w1": wasserstein1_on_grid(p, q, spacing=spacing),
            "value": (p * d + q * not_d).sum() * spacing,
        }
        if self.game:
            values["cost"] = 2 * values["jsd"] - math.log(4)
        return {name: value.item() for name, value in values.items()}

    def log_discriminator(self, x: Grid) -> tuple[Grid, Grid]:
        """log D and log(1 − D) at each x: of the best discriminator, or of the one that is held."""
        p, q = (density(components, x) for components in self.held or (self.p, self.q))
        return (p / (p + q)).log(), (q / (p + q)).log()

    def describe(self) -> str:
        """One sentence that stands for the explorer where it cannot be seen."""
        values = self.divergences
        p, q = self.names
        if self.game:
            best = "a discriminator D that is held" if self.held else "the best discriminator D*"
            v = "V(D, G)" if self.held else "V(D*, G)"
            return (
                f"Two densities {p} and {q} on the line, and {best}: {v} is {values['value']:.2f} "
                f"nats and C(G) = −log 4 + 2 JSD is {values['cost']:.2f}, with JSD "
                f"{values['jsd']:.2f}."
            )
        more = f", V(D*, G) {values['value']:.2f}" if self.discriminator else ""

        return (
            f"Two densities {p} and {q} on the line: KL({p} ‖ {q}) is {values['kl_pq']:.2f}, "
            f"KL({q} ‖ {p}) {values['kl_qp']:.2f}, JSD {values['jsd']:.2f} nats, "
            f"W₁ {values['w1']:.2f}{more}."
        )

    def poster(self) -> bytes:
        """Both densities, and below them the shaded integrand of KL(p ‖ q), in a game of V."""
        poster = Poster(640, 400)
        x = self.x[::3]
        low, high = self.bounds
        inside = (x >= low) & (x <= high)
        x = x[inside]
        p, q = density(self.p, x), density(self.q, x)
        second = FAKE if self.discriminator else MODEL
        top = 1.12 * max(p.max().item(), q.max().item())
        panel = Panel(poster, (8, 8, 624, 220), (low, high, 0.0, top))
        lines = [list(zip(x.tolist(), values.tolist())) for values in (p, q)]
        for line, colour, dashed in zip(lines, (DATA, second), (False, True)):
            panel.area(line, colour + "20")
            panel.line(line, colour, dashed=dashed)
        if self.discriminator:
            log_d, _ = self.log_discriminator(x)
            share = list(zip(x.tolist(), (log_d.exp() * top).tolist()))
            panel.line(share, FIFTH, width=1.5)
        for i, values in enumerate((p, q)):
            at = int(values.argmax())
            tag = (x[at].item(), values[at].item())
            panel.label(*tag, self.names[i], (DATA, second)[i])

        d, not_d = self.log_discriminator(x)
        integrand = (p * d + q * not_d if self.game else p * (p / q).log()).tolist()
        reach = 1.1 * max(map(abs, integrand))
        above = 0.15 * reach if self.game else reach
        panel = Panel(poster, (8, 240, 624, 120), (low, high, -reach, above))
        line = list(zip(x.tolist(), np.clip(integrand, -reach, reach).tolist()))
        panel.line([(low, 0.0), (high, 0.0)], "#8c8c8c", width=1)
        panel.area(line, FIFTH + "50")
        panel.line(line, "#1f2328", width=1.25)
        a, b = self.names
        note = f"below: {a} log {a}/{b}, whose area is KL({a} || {b})"
        if self.game:
            note = f"thin: D, from 0 to 1; below: {a} log D + {b} log(1 - D), whose area is V"
        poster.text(320, 380, note, anchor="mm")

        return poster.png()


def mixture(name: str, components: Mixture) -> list[list[float]]:
    """One or two components (weight, mean, standard deviation) as lists.

    Raises:
        ValueError: They are not, their weights do not sum to 1, or a width is not positive.
    """
    rows = [tuple(component) for component in components]
    if len(rows) not in (1, 2) or any(len(row) != 3 for row in rows):
        raise ValueError(f"{name}: expected one or two (weight, mean, scale), got {rows}")
    found = [numbers(name, row, count=3) for row in rows]
    if not math.isclose(sum(weight for weight, *_ in found), 1, abs_tol=1e-6):
        raise ValueError(f"{name}: expected weights with sum 1, got {[row[0] for row in found]}")
    if any(weight <= 0 or scale <= 0 for weight, _, scale in found):
        raise ValueError(f"{name}: expected positive weights and scales, got {found}")

    return found


def density(components: Mixture, x: Grid) -> Grid:
    """Σ w 𝒩(x; m, s²) at each x, not below 1e-300, so that logarithms stay finite."""
    terms = [
        weight / (scale * math.sqrt(2 * math.pi)) * (-0.5 * ((x - mean) / scale) ** 2).exp()
        for weight, mean, scale in components
    ]
    return torch.stack(terms).sum(dim=0).clamp(min=FLOOR)
