"""The generator and the discriminator of a DCGAN, their maps as boxes."""

from matplotlib.figure import Figure

from figures import hand

ALT = (
    "Generator: z to 4x4, 8x8, 16x16, 32x32 and a 64x64 image by transposed convolutions of stride "
    "2, fewer channels each time. Discriminator: the mirror, by strided convolutions, to one logit."
)


def figure() -> Figure:
    """Draw it."""
    fig, ax = hand.sheet(12, 6.4)
    sides = (
        ("4", 0.75, "4c"),
        ("8", 1.0, "2c"),
        ("16", 1.3, "c"),
        ("32", 1.6, "c/2"),
        ("64", 2.0, "3"),
    )
    for y, color, name in ((4.6, hand.FAKE, "$G$"), (1.4, hand.MODEL, "$D$")):
        maps = sides if color == hand.FAKE else sides[::-1]
        hand.label(ax, 0.35, y, name, color=color, size=14)
        ends = ("$z$", None) if color == hand.FAKE else (None, "logit")
        if ends[0]:
            hand.box(ax, 1.3, y, ends[0], width=0.7, color=hand.PRIOR)
        right = 1.65
        for i, (side, size, channels) in enumerate(maps):
            x = (3.0 if color == hand.FAKE else 1.9) + i * 1.95
            hand.box(
                ax,
                x,
                y,
                f"{side}x{side}",
                width=max(size * 0.6, 0.95),
                height=size,
                color=color,
                size=8.5,
            )
            hand.label(
                ax,
                x,
                y - size / 2 - 0.25,
                f"{channels}" if channels == "3" else f"${channels}$",
                size=8.5,
            )
            half = max(size * 0.6, 0.95) / 2
            if i or ends[0]:
                hand.arrow(ax, (right + 0.08, y), (x - half - 0.08, y))
            right = x + half
        if ends[1]:
            hand.arrow(ax, (right + 0.08, y), (10.82, y))
            hand.box(ax, 11.4, y, ends[1], width=1.0)
    hand.label(
        ax,
        6.0,
        6.1,
        "transposed convolutions, stride 2; batch norm and ReLU; tanh at the end",
        size=9,
    )
    hand.label(
        ax,
        6.0,
        2.95,
        "convolutions, stride 2; batch norm and leaky ReLU; none at the input",
        size=9,
    )

    return fig
