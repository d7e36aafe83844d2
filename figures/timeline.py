"""Deep generative models since 1986, each at the year of its first paper."""

from matplotlib.figure import Figure

from figures import hand

YEARS = (
    (1986, "RBM\n(as Harmonium)"),
    (2006, "deep belief net;\nthe RBM returns"),
    (2009, "deep Boltzmann\nmachine"),
    (2011, "NADE"),
    (2013, "VAE"),
    (2014, "GAN, NICE"),
    (2015, "diffusion,\nDCGAN"),
    (2016, "PixelCNN,\nRealNVP, WaveNet"),
    (2017, "Transformer,\nWGAN"),
    (2020, "DDPM"),
    (2021, "latent\ndiffusion"),
    (2022, "flow\nmatching"),
)
ALT = (
    "Timeline: RBM 1986 as Harmonium, its return with deep belief nets 2006, DBM 2009, NADE 2011, "
    "VAE 2013, GAN 2014, diffusion 2015, PixelCNN and RealNVP 2016, WGAN 2017, DDPM 2020, flow "
    "matching 2022."
)


def figure() -> Figure:
    """Draw it, in a row with turns so that crowded years have room."""
    fig, ax = hand.sheet(13.4, 6)
    hand.arrow(ax, (0.2, 3.0), (13.3, 3.0))
    for i, (year, what) in enumerate(YEARS):
        x, above = 1.15 + i * 1.02, i % 2 == 0
        reach = 1.0 if (i // 2) % 2 == 0 else 1.95
        y = 3.0 + reach if above else 3.0 - reach
        ax.plot([x, x], [3.0, y], color=hand.PRIOR, linewidth=1)
        ax.plot([x], [3.0], "o", color=hand.MODEL, markersize=5)
        hand.label(ax, x, 2.68 if above else 3.32, str(year), size=8.5)
        hand.label(ax, x, y, what, size=8.5, va="bottom" if above else "top")
    ax.plot([1.62, 1.7], [2.9, 3.1], color=hand.INK)
    ax.plot([1.68, 1.76], [2.9, 3.1], color=hand.INK)

    return fig
