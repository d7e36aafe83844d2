"""An autoencoder: a narrow code between an encoder and a decoder."""

from matplotlib.figure import Figure

from figures import hand

ALT = (
    "An image x of 784 numbers enters an encoder f that narrows to a code h of d numbers; a "
    "decoder g widens it again to a reconstruction x̂. The loss L compares x̂ with x."
)


def figure() -> Figure:
    """Draw it."""
    fig, ax = hand.sheet(10, 4)
    hand.layer(ax, 0.9, 2.2, height=2.6)
    hand.label(ax, 0.9, 3.75, "$x$")
    hand.funnel(ax, 2.8, 2.2, "$f$\nencoder", width=2.2, left=2.6, right=1.0)
    hand.layer(ax, 5.0, 2.2, height=0.8, color=hand.MODEL, fill="#E6F1F8")
    hand.label(ax, 5.0, 3.0, "code $h = f(x)$")
    hand.funnel(ax, 7.2, 2.2, "$g$\ndecoder", width=2.2, left=1.0, right=2.6)
    hand.layer(ax, 9.1, 2.2, height=2.6)
    hand.label(ax, 9.1, 3.75, r"$\hat x = g(h)$")
    for start, end in ((1.1, 1.65), (3.95, 4.78), (5.22, 6.05), (8.35, 8.88)):
        hand.arrow(ax, (start, 2.2), (end, 2.2))
    hand.arrow(ax, (0.9, 0.7), (9.1, 0.7), color=hand.FAKE, both=True)
    hand.label(ax, 5.0, 0.3, r"loss $L(x, \hat x)$", color=hand.FAKE)

    return fig
