"""A convolution and its transpose: the same arrows, read from the other side."""

from matplotlib.figure import Figure

from figures import hand

ALT = (
    "Left, a convolution with kernel 3 and stride 2: each of two outputs gathers three of five "
    "inputs. Right, its transpose: each of two inputs scatters to three of five outputs; the "
    "middle one gets two arrows."
)


def figure() -> Figure:
    """Draw it."""
    fig, ax = hand.sheet(11, 4.6)
    for left, down, name in ((0.4, True, "convolution"), (6.0, False, "transposed convolution")):
        hand.label(ax, left + 2.3, 4.25, name, color=hand.MODEL, size=11)
        wide, narrow = (3.2, 1.0) if down else (1.0, 3.2)
        for i in range(5):
            busy = i == 2 and not down
            color = hand.FAKE if busy else hand.INK
            hand.box(
                ax,
                left + 0.3 + i,
                wide,
                "2" if busy else "",
                width=0.7,
                height=0.6,
                color=color,
                size=9,
            )
        for j in range(2):
            hand.box(ax, left + 1.3 + 2 * j, narrow, "", width=0.7, height=0.6, color=hand.MODEL)
            for k in range(3):
                ends = (left + 0.3 + 2 * j + k, wide), (left + 1.3 + 2 * j, narrow)
                start, end = ends if down else ends[::-1]
                gap = 0.34 if start[1] > end[1] else -0.34
                hand.arrow(ax, (start[0], start[1] - gap), (end[0], end[1] + gap))
    hand.label(ax, 2.7, 0.3, "$y = Cx$, five to two")
    hand.label(ax, 8.3, 0.3, r"$C^\top y$, two to five: not the inverse")

    return fig
