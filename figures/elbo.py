"""log p(x) is the ELBO and a KL, whatever q is."""

from matplotlib.figure import Figure

from figures import hand

ALT = (
    "Three bars of equal height, log p(x), each split into the ELBO below and KL(q ‖ posterior) "
    "above. For a poor q the KL is large, for a better one small, and at the posterior it is zero."
)


def figure() -> Figure:
    """Draw it."""
    fig, ax = hand.sheet(10, 5.2)
    top = 4.3
    for x, share, name in (
        (2.2, 0.45, "poor $q$"),
        (4.8, 0.75, "better $q$"),
        (7.4, 1.0, "posterior"),
    ):
        split = 0.9 + (top - 0.9) * share
        hand.layer(
            ax,
            x,
            (0.9 + split) / 2,
            width=1.7,
            height=split - 0.9,
            color=hand.MODEL,
            fill="#CFE4F2",
        )
        hand.label(ax, x, (0.9 + split) / 2, "ELBO", color=hand.INK)
        if share < 1:
            hand.layer(
                ax,
                x,
                (split + top) / 2,
                width=1.7,
                height=top - split,
                color=hand.FAKE,
                fill="#FBEEE2",
            )
            hand.label(ax, x, (split + top) / 2, "KL", color=hand.INK)
        hand.label(ax, x, 0.5, name)
    ax.plot([0.6, 9.0], [top, top], color=hand.INK, linestyle="--", linewidth=1.4)
    hand.label(ax, 9.1, top + 0.35, r"$\log p(x)$", ha="center")

    return fig
