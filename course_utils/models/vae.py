"""Variational autoencoders: two networks, each of which returns a distribution.

    p(z) = 𝒩(0, I),    p(x | z) from the decoder,    q(z | x) = 𝒩(μ(x), diag σ²(x)) from the encoder

The encoder's network has 2d outputs for d latents: μ and log σ². A log variance may be any real
number, so that no constraint is needed to keep σ² above zero.

Source:
    Kingma & Welling (2014), "Auto-Encoding Variational Bayes". https://arxiv.org/abs/1312.6114
"""

import math

import torch
from torch import nn
from torch.distributions import Distribution, Independent, Normal

from course_utils.distributions import diagonal_normal, factored_bernoulli
from course_utils.models.autoencoder import face_decoder, face_encoder
from course_utils.nn import mlp
from course_utils.objectives import elbo_analytic
from course_utils.types import Data, Latent, PerExample, Vector


class LatentModel(nn.Module):
    """What every VAE here shares: the prior p(z), the encoder's q(z | x), and the ELBO.

    A subclass says what its decoder's outputs mean: `decode(z)` returns p(x | z).

    Args:
        encoder_net: Maps x to (batch, 2 · latent), μ and log σ² side by side.
        decoder_net: Maps z of shape (batch, latent) to the parameters of p(x | z).
        latent: Number d of latents.
    """

    def __init__(self, encoder_net: nn.Module, decoder_net: nn.Module, *, latent: int) -> None:
        super().__init__()
        self.encoder_net = encoder_net
        self.decoder_net = decoder_net
        self.register_buffer("origin", torch.zeros(latent), persistent=False)

    @property
    def prior(self) -> Distribution:
        """p(z) = 𝒩(z; 0, I), on the device of the parameters, with an empty batch."""
        return Independent(Normal(self.origin, torch.ones_like(self.origin)), 1)

    def encode(self, x: Data) -> Distribution:
        """q(z | x), one Gaussian per example."""
        mu, logvar = self.encoder_net(x).chunk(2, dim=-1)
        return diagonal_normal(mu, logvar)

    def decode(self, z: Latent) -> Distribution:
        """p(x | z), one distribution per latent."""
        raise NotImplementedError

    def forward(self, x: Data, *, beta: float = 1.0) -> PerExample:
        """The ELBO of each example in nats, from one sample of z and the exact KL."""
        return elbo_analytic(x, self.encode(x), self.decode, self.prior, beta=beta)


class VAE(LatentModel):
    """q(z | x) = 𝒩(z; μ(x), diag σ²(x)) and p(x | z) = Bernoulli(x; x_hat(z)), for binary pixels.

    Both networks are multilayer perceptrons, the decoder's a mirror of the encoder's.

    Args:
        sizes: Width of x, of each hidden layer, and the number of latents, as in
            `VAE(784, 500, 500, 50)`.
        activation: The nonlinearity's module class.
        mean: The data's mean, shape (dim,), in [0, 1]. The decoder starts there: the biases of its
            last layer are the mean's log odds.

    Example:
        >>> vae = VAE(784, 64, 2)
        >>> vae(torch.zeros(3, 784)).shape
        torch.Size([3])
    """

    def __init__(
        self,
        *sizes: int,
        activation: type[nn.Module] = nn.Tanh,
        mean: Vector | None = None,
    ) -> None:
        *body, latent = sizes
        encoder_net = mlp(*body, 2 * latent, activation=activation)
        decoder_net = mlp(*reversed(sizes), activation=activation)
        super().__init__(encoder_net, decoder_net, latent=latent)
        if mean is not None:
            decoder_net[-1].bias.data = mean.float().clamp(0.01, 0.99).logit()

    def decode(self, z: Latent) -> Distribution:
        """p(x | z)."""
        return factored_bernoulli(self.decoder_net(z))


class GaussianVAE(LatentModel):
    """q(z | x) = 𝒩(z; μ(x), diag σ²(x)) and p(x | z) = 𝒩(x; x_hat(z), σₓ² I), for real numbers.

    Args:
        encoder_net: Maps x to (batch, 2 · latent), μ and log σ² side by side.
        decoder_net: Maps z to the mean x_hat, shaped as x.
        latent: Number of latents.
        sigma: Standard deviation σₓ of every pixel. It sets how much a pixel's error counts
            against the KL.
        learn: Whether σₓ is learned, beginning at `sigma`.

    Raises:
        ValueError: `sigma` is not positive.
    """

    def __init__(
        self,
        encoder_net: nn.Module,
        decoder_net: nn.Module,
        *,
        latent: int,
        sigma: float = 1.0,
        learn: bool = False,
    ) -> None:
        if sigma <= 0:
            raise ValueError(f"sigma: expected a positive number, got {sigma}")
        super().__init__(encoder_net, decoder_net, latent=latent)
        self.logvar_x = nn.Parameter(torch.tensor(2 * math.log(sigma)), requires_grad=learn)

    @property
    def sigma(self) -> float:
        """The decoder's standard deviation σₓ."""
        return (0.5 * self.logvar_x).exp().item()

    def decode(self, z: Latent) -> Distribution:
        """p(x | z)."""
        x_hat = self.decoder_net(z)
        return diagonal_normal(x_hat, self.logvar_x.expand_as(x_hat))


def face_vae(latent: int = 200, *, sigma: float = 0.3, learn: bool = False) -> GaussianVAE:
    """A Gaussian VAE of 64x64 colour faces, with the networks of `face_autoencoder`.

    Only the encoder's last layer differs: it has 2 · latent outputs instead of `latent`.

    Args:
        latent: Number of latents.
        sigma: Standard deviation of every pixel around its mean.
        learn: Whether that is learned.
    """
    decoder_net = nn.Sequential(face_decoder(latent), nn.Sigmoid())

    return GaussianVAE(
        face_encoder(2 * latent), decoder_net, latent=latent, sigma=sigma, learn=learn
    )
