"""A variational autoencoder with its reparameterised sample."""

from matplotlib.figure import Figure

from figures import hand

ALT = (
    "The encoder turns x into μ and log σ². Noise ε from N(0, I) gives z = μ + σ ε, the decoder "
    "turns z into the parameters of p(x|z). The loss adds the negative log-likelihood and the KL."
)


def figure() -> Figure:
    """Draw it."""
    fig, ax = hand.sheet(11, 5)
    hand.layer(ax, 0.6, 2.8, height=2.4)
    hand.label(ax, 0.6, 4.25, "$x$")
    hand.funnel(ax, 2.1, 2.8, "encoder\n$q_\\phi(z\\mid x)$", width=1.9, left=2.4, right=1.5)
    hand.box(ax, 4.4, 3.4, r"$\mu$", width=0.9, color=hand.MODEL)
    hand.box(ax, 4.4, 2.2, r"$\log\sigma^2$", width=1.2, color=hand.MODEL)
    hand.box(ax, 6.6, 2.8, r"$z = \mu + \sigma\,\varepsilon$", width=2.0)
    hand.node(ax, 6.6, 0.75, r"$\varepsilon$", color=hand.PRIOR)
    hand.label(ax, 7.25, 0.75, r"$\sim \mathcal{N}(0, I)$", ha="left")
    hand.funnel(ax, 8.9, 2.8, "decoder\n$p_\\theta(x\\mid z)$", width=1.9, left=1.5, right=2.4)
    hand.layer(ax, 10.4, 2.8, height=2.4)
    hand.label(ax, 10.4, 4.25, r"$\hat x$")
    hand.arrow(ax, (0.78, 2.8), (1.13, 2.8))
    hand.arrow(ax, (3.07, 3.1), (3.93, 3.4))
    hand.arrow(ax, (3.07, 2.5), (3.78, 2.2))
    hand.arrow(ax, (4.87, 3.4), (5.58, 3.0))
    hand.arrow(ax, (5.02, 2.2), (5.58, 2.6))
    hand.arrow(ax, (6.6, 1.22), (6.6, 2.33), dashed=True, color=hand.PRIOR)
    hand.arrow(ax, (7.62, 2.8), (7.93, 2.8))
    hand.arrow(ax, (9.87, 2.8), (10.2, 2.8))
    hand.label(ax, 4.4, 4.4, r"$\mathrm{KL}(q \Vert p)$", color=hand.FAKE)
    hand.label(ax, 8.9, 4.5, r"$\log p_\theta(x \mid z)$", color=hand.FAKE)

    return fig
