"""The families of generative models, by what they say of the likelihood."""

from matplotlib.figure import Figure

from figures import hand

ALT = (
    "A tree of generative models. Explicit density, tractable: autoregressive models and flows; "
    "explicit, approximate: VAE, diffusion, Boltzmann machines. Implicit density: GAN."
)


def figure() -> Figure:
    """Draw it."""
    fig, ax = hand.sheet(12, 6)
    hand.box(ax, 6.0, 5.4, "models of $p(x)$", width=3.0)
    hand.box(ax, 3.9, 3.8, "explicit density", width=2.6, color=hand.MODEL)
    hand.box(ax, 10.3, 3.8, "implicit density", width=2.6, color=hand.FAKE)
    hand.box(ax, 2.0, 2.2, "tractable", width=2.0, color=hand.MODEL)
    hand.box(ax, 6.2, 2.2, "approximate", width=2.2, color=hand.MODEL)
    hand.arrow(ax, (5.2, 4.93), (4.2, 4.28))
    hand.arrow(ax, (6.8, 4.93), (9.9, 4.28))
    hand.arrow(ax, (3.4, 3.33), (2.3, 2.68))
    hand.arrow(ax, (4.4, 3.33), (5.8, 2.68))
    leaves = (
        (0.95, "auto-\nregressive", 1.75, 2.0),
        (2.95, "flows", 1.4, 2.0),
        (4.6, "VAE", 1.3, 6.2),
        (6.15, "diffusion", 1.5, 6.2),
        (8.0, "Boltzmann\nmachines", 1.85, 6.2),
        (10.3, "GAN", 1.4, 10.3),
    )
    for x, name, width, parent in leaves:
        hand.box(ax, x, 0.6, name, width=width, height=1.0, size=9)
        top = 3.33 if parent > 10 else 1.73
        hand.arrow(ax, (parent + (x - parent) * 0.2, top), (x, 1.13))

    return fig
