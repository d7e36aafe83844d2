"""Tied weights: the decoder uses the encoder's matrix, transposed."""

from matplotlib.figure import Figure

from figures import hand

ALT = (
    "Image x, code h and reconstruction x̂ as three layers. The encoder multiplies by the matrix W, "
    "the decoder by its transpose: one matrix serves both ways, so half the weights are left."
)


def figure() -> Figure:
    """Draw it."""
    fig, ax = hand.sheet(10, 4.1)
    for x, name, height in ((1.2, "$x$", 2.6), (5.0, "$h$", 1.0), (8.8, r"$\hat x$", 2.6)):
        tinted = {"color": hand.MODEL, "fill": "#E6F1F8"} if name == "$h$" else {}
        hand.layer(ax, x, 2.15, height=height, **tinted)
        hand.label(ax, x, 2.2 + height / 2 + 0.25, name)
    hand.arrow(ax, (1.5, 2.3), (4.7, 2.3), color=hand.MODEL)
    hand.arrow(ax, (5.3, 2.3), (8.5, 2.3), color=hand.MODEL)
    hand.label(ax, 3.1, 2.7, "$W$", color=hand.MODEL, size=14)
    hand.label(ax, 6.9, 2.7, r"$W^\top$", color=hand.MODEL, size=14)
    hand.arrow(ax, (3.1, 1.9), (6.9, 1.9), color=hand.PRIOR, dashed=True, bend=0.35, both=True)
    hand.label(ax, 5.0, 0.45, "the same numbers", color=hand.INK)

    return fig
