"""What a denoiser sees, and what the best one would answer."""

import torch

from course_utils.types import Data, Latent, PerExample, Points


def masking_noise(x: Data, share: float, *, generator: torch.Generator | None = None) -> Data:
    """Set each entry to 0 with probability `share`, on its own.

    Args:
        x: Data, shape (batch, *event).
        share: Expected share of zeros, in [0, 1].
        generator: Source of the masks, on the CPU; the global one when missing.

    Raises:
        ValueError: `share` is outside [0, 1].

    Source:
        Vincent et al. (2008), "Extracting and composing robust features with denoising
        autoencoders", section 2.3. https://doi.org/10.1145/1390156.1390294
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share: expected a number in [0, 1], got {share}")

    return x * (torch.rand(x.shape, generator=generator).to(x) >= share)


def mixture_denoiser(
    x_noisy: Points, weights: PerExample, means: Latent, scales: PerExample, sigma: float
) -> Points:
    """The posterior mean E[x | x̃] for a mixture of round Gaussians seen through noise.

        x ~ Σₖ wₖ 𝒩(μₖ, sₖ² I),    x̃ = x + σ ε
        E[x | x̃] = Σₖ rₖ(x̃) ( μₖ + sₖ² / (sₖ² + σ²) · (x̃ − μₖ) )

    rₖ(x̃) is the probability that x̃ came from component k, whose noisy density is
    𝒩(μₖ, (sₖ² + σ²) I). No function of x̃ has a smaller expected squared error.

    Args:
        x_noisy: Points x̃, shape (n_points, dim).
        weights: Probabilities w of the components, shape (k,).
        means: Means μ, shape (k, dim).
        scales: Standard deviations s, shape (k,).
        sigma: Standard deviation σ ≥ 0 of the noise.

    Returns:
        One point for each x̃, shape (n_points, dim).

    Source:
        Efron (2011), "Tweedie's formula and selection bias", eq. 1.4 is the same mean in terms of
        the noisy density's score. https://doi.org/10.1198/jasa.2011.tm11181
    """
    away = x_noisy[:, None] - means  # (n_points, k, dim)
    variances = scales.square() + sigma**2
    exponents = away.square().sum(dim=2) / (2 * variances)
    logits = weights.log() - x_noisy.shape[1] / 2 * variances.log() - exponents
    guesses = means + (scales.square() / variances)[:, None] * away

    return (logits.softmax(dim=1)[:, :, None] * guesses).sum(dim=1)
