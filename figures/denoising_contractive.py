"""Two ways to forbid the copy: noise in front of the encoder, or a price on its Jacobian."""

from matplotlib.figure import Figure

from figures import hand

ALT = (
    "Above, a denoising autoencoder: noise is added to x, the pair f, g sees x plus noise and is "
    "compared with the clean x. Below, a contractive one: the loss also charges the squared "
    "Jacobian norm of f."
)


def figure() -> Figure:
    """Draw it."""
    fig, ax = hand.sheet(11, 6)
    for y, name in ((4.3, "denoising"), (1.7, "contractive")):
        hand.label(ax, 0.15, y + 1.35, name, ha="left", color=hand.MODEL, size=11)
        hand.box(ax, 1.0, y, "$x$", width=0.9)
        hand.funnel(ax, 5.3, y, "$f$", width=1.3, left=1.3, right=0.7)
        hand.box(ax, 7.0, y, "$h$", width=0.9, color=hand.MODEL)
        hand.funnel(ax, 8.7, y, "$g$", width=1.3, left=0.7, right=1.3)
        hand.box(ax, 10.3, y, r"$\hat x$", width=0.9)
        for start, end in ((5.97, 6.53), (7.47, 8.03), (9.37, 9.83)):
            hand.arrow(ax, (start, y), (end, y))
    hand.box(ax, 3.1, 4.3, r"$\tilde x = x + \varepsilon$", width=1.9, color=hand.FAKE)
    hand.arrow(ax, (1.47, 4.3), (2.13, 4.3), color=hand.FAKE)
    hand.arrow(ax, (4.07, 4.3), (4.63, 4.3))
    hand.arrow(ax, (1.0, 3.83), (10.3, 3.83), bend=0.13, color=hand.INK, both=True)
    hand.label(ax, 5.65, 2.72, r"$L(x, \hat x)$: the clean $x$", va="bottom")
    hand.arrow(ax, (1.47, 1.7), (4.63, 1.7))
    hand.arrow(ax, (1.0, 1.23), (10.3, 1.23), bend=0.13, both=True)
    hand.label(ax, 5.65, 0.1, r"$L(x, \hat x)$", va="bottom")
    hand.label(
        ax, 3.1, 2.2, r"$+\ \lambda\,\Vert \partial f / \partial x \Vert_F^2$", color=hand.FAKE
    )

    return fig
