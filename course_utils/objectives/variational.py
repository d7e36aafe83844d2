"""Lower bounds on log p(x) for a latent-variable model, from samples of q(z | x).

    log p(x) = ELBO(x) + KL(q(z | x) ‖ p(z | x)),    ELBO(x) = E_q[log p(x, z) − log q(z | x)]

Each takes the distributions that a model returns and gives one number per example, to maximise.
"""

import math

import torch
from torch.distributions import Distribution, kl_divergence

from course_utils.types import Data, Decoder, PerExample


def elbo(
    x: Data, q_z: Distribution, decoder: Decoder, p_z: Distribution, *, beta: float = 1.0
) -> PerExample:
    """Estimate the β-weighted evidence lower bound from one latent sample.

        ELBO(x) = log p(x | z) − β · (log q(z | x) − log p(z)),    z ~ q(z | x)

    With β = 1 its expectation is a lower bound on log p(x), the tightest at
    q(z | x) = p(z | x). With β > 1 the bound is looser; with β < 1 it is none.

    Args:
        x: Data, shape (batch, *event), with values the decoder gives a density to.
        q_z: Approximate posterior q(z | x), with batch shape (batch,).
        decoder: Maps z to the likelihood p(x | z).
        p_z: Prior p(z).
        beta: Weight β ≥ 0 of the KL term.

    Returns:
        One estimate per example in nats, shape (batch,). Maximise its mean.

    Source:
        Kingma & Welling (2014), "Auto-Encoding Variational Bayes", eq. 2.
        https://arxiv.org/abs/1312.6114
        Higgins et al. (2017), "β-VAE", eq. 4. https://openreview.net/forum?id=Sy2fzU9gl

    Example:
        >>> from course_utils.distributions import diagonal_normal, standard_normal
        >>> x = torch.tensor([[1.0]])  # z ~ 𝒩(0, 1) and x | z ~ 𝒩(z, 1): p(x) = 𝒩(x; 0, 2)
        >>> posterior = diagonal_normal(x / 2, torch.tensor([[0.5]]).log())
        >>> decoder = lambda z: diagonal_normal(z, torch.zeros_like(z))
        >>> elbo(x, posterior, decoder, standard_normal(1))
        tensor([-1.5155])
    """
    z = q_z.rsample()
    log_p_x_given_z = decoder(z).log_prob(x)
    kl = q_z.log_prob(z) - p_z.log_prob(z)

    return log_p_x_given_z - beta * kl


def elbo_analytic(
    x: Data, q_z: Distribution, decoder: Decoder, p_z: Distribution, *, beta: float = 1.0
) -> PerExample:
    """The same bound with the KL term in closed form: only the first term is an estimate.

        ELBO(x) = log p(x | z) − β · KL(q(z | x) ‖ p(z)),    z ~ q(z | x)

    It has the expectation of `elbo`. Which of the two varies less depends on q: at the exact
    posterior `elbo` does not vary at all, since there the noise of its two terms cancels.

    Args:
        x: Data, shape (batch, *event), with values the decoder gives a density to.
        q_z: Approximate posterior q(z | x), with batch shape (batch,).
        decoder: Maps z to the likelihood p(x | z).
        p_z: Prior p(z), of a family for which torch knows the KL from q_z.
        beta: Weight β ≥ 0 of the KL term.

    Returns:
        One estimate per example in nats, shape (batch,). Maximise its mean.

    Raises:
        NotImplementedError: torch knows no closed form for this pair of distributions.

    Source:
        Kingma & Welling (2014), "Auto-Encoding Variational Bayes", eq. 7.
        https://arxiv.org/abs/1312.6114
    """
    z = q_z.rsample()

    return decoder(z).log_prob(x) - beta * kl_divergence(q_z, p_z)


def iwae(
    x: Data, q_z: Distribution, decoder: Decoder, p_z: Distribution, *, samples: int
) -> PerExample:
    """Estimate the importance-weighted bound from K latent samples per example.

        log ( 1/K Σₖ p(x, zₖ) / q(zₖ | x) ),    z₁, …, z_K ~ q(z | x)

    With K = 1 it is the ELBO. Its expectation rises with K towards log p(x), from below. All K
    samples are in memory at once.

    Args:
        x: Data, shape (batch, *event), with values the decoder gives a density to.
        q_z: Approximate posterior q(z | x), with batch shape (batch,).
        decoder: Maps z to p(x | z), each row on its own; it is called once, with K · batch rows.
        p_z: Prior p(z).
        samples: K, at least 1.

    Returns:
        One estimate per example in nats, shape (batch,). Maximise its mean.

    Raises:
        ValueError: `samples` is below 1.

    Source:
        Burda, Grosse & Salakhutdinov (2016), "Importance Weighted Autoencoders", eq. 8.
        https://arxiv.org/abs/1509.00519
    """
    if samples < 1:
        raise ValueError(f"samples: expected at least 1, got {samples}")

    z = q_z.rsample((samples,))
    x_repeated = x.expand(samples, *x.shape).flatten(0, 1)
    log_p_x_given_z = decoder(z.flatten(0, 1)).log_prob(x_repeated).unflatten(0, (samples, len(x)))
    log_weights = log_p_x_given_z + p_z.log_prob(z) - q_z.log_prob(z)

    return torch.logsumexp(log_weights, dim=0) - math.log(samples)
