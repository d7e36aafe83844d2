"""Graphical models in plate notation: mixture, variational autoencoder, hierarchy."""

from matplotlib.figure import Figure

from figures import hand

ALT = (
    "Three graphical models, x observed inside a plate of N examples. A mixture: class z causes x. "
    "A VAE: z causes x with θ outside, a dashed arrow with φ infers z. A hierarchy: z₂ causes z₁ "
    "causes x."
)


def figure() -> Figure:
    """Draw it."""
    fig, ax = hand.sheet(11, 5)
    for left, name in ((0.4, "mixture"), (4.0, "VAE"), (7.6, "hierarchy")):
        hand.plate(ax, left + 0.5, 0.3, 2.0, 3.9, "$N$")
        hand.node(ax, left + 1.5, 1.1, "$x$", observed=True)
        hand.label(ax, left + 1.5, 4.65, name, color=hand.MODEL, size=11)
    hand.node(ax, 1.9, 3.0, "$z$")
    hand.arrow(ax, (1.9, 2.53), (1.9, 1.57))
    hand.label(ax, 0.35, 3.0, r"$\pi$")
    hand.arrow(ax, (0.55, 3.0), (1.43, 3.0))
    hand.label(ax, 0.35, 1.1, r"$\mu, \Sigma$", size=9)
    hand.arrow(ax, (0.75, 1.1), (1.43, 1.1))

    hand.node(ax, 5.5, 3.0, "$z$")
    hand.arrow(ax, (5.65, 2.57), (5.65, 1.53))
    hand.arrow(ax, (5.33, 1.53), (5.33, 2.57), dashed=True, color=hand.FAKE, bend=-0.25)
    hand.label(ax, 4.0, 2.1, r"$\phi$", color=hand.FAKE)
    hand.arrow(ax, (4.2, 2.1), (5.05, 2.1), dashed=True, color=hand.FAKE)
    hand.label(ax, 7.2, 2.1, r"$\theta$")
    hand.arrow(ax, (7.0, 2.1), (5.8, 2.1))

    hand.node(ax, 9.1, 3.55, "$z_2$", radius=0.42)
    hand.node(ax, 9.1, 2.33, "$z_1$", radius=0.42)
    hand.arrow(ax, (9.1, 3.12), (9.1, 2.76))
    hand.arrow(ax, (9.1, 1.9), (9.1, 1.56))

    return fig
