"""The adversarial game and its two updates."""

from matplotlib.figure import Figure

from figures import hand

ALT = (
    "Noise z goes through the generator G to a fake; real x and fake go to the discriminator D, "
    "which gives a logit. One update raises V in the weights of D, the other lowers it in those "
    "of G, through D."
)


def figure() -> Figure:
    """Draw it."""
    fig, ax = hand.sheet(11, 5.4)
    hand.box(ax, 0.9, 1.7, r"$z \sim \mathcal{N}(0, I)$", width=1.7, color=hand.PRIOR, size=9)
    hand.funnel(ax, 3.2, 1.7, "$G$", width=1.5, left=0.9, right=1.8, color=hand.FAKE)
    hand.box(ax, 5.4, 1.7, r"$\tilde x = G(z)$", width=1.7, color=hand.FAKE)
    hand.box(ax, 5.4, 3.7, r"$x \sim p_d$", width=1.7)
    hand.funnel(ax, 8.0, 2.7, "$D$", width=1.5, left=1.9, right=0.9, color=hand.MODEL)
    hand.box(ax, 10.1, 2.7, "logit", width=1.3, color=hand.MODEL)
    hand.arrow(ax, (1.77, 1.7), (2.43, 1.7))
    hand.arrow(ax, (3.97, 1.7), (4.53, 1.7))
    hand.arrow(ax, (6.27, 1.9), (7.23, 2.4))
    hand.arrow(ax, (6.27, 3.5), (7.23, 3.0))
    hand.arrow(ax, (8.77, 2.7), (9.43, 2.7))
    hand.arrow(ax, (9.9, 3.2), (8.0, 3.75), dashed=True, color=hand.MODEL, bend=0.35)
    hand.label(ax, 8.6, 4.75, "update of $D$: raise $V$", color=hand.MODEL)
    hand.arrow(ax, (9.9, 2.2), (3.2, 0.75), dashed=True, color=hand.FAKE, bend=-0.28)
    hand.label(ax, 8.9, 0.3, "update of $G$: lower $V$, through $D$", color=hand.FAKE, size=9)

    return fig
