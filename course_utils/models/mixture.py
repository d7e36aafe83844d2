"""A Gaussian mixture: one hidden cause with finitely many values, so that inference is exact.

    p(z = k) = πₖ,    p(x | z = k) = 𝒩(x; μₖ, Σₖ),    p(x) = Σₖ πₖ 𝒩(x; μₖ, Σₖ)

Inference asks for z when the parameters are known: Bayes' rule. Estimation asks for the parameters.
EM alternates the two, and the log-likelihood never falls.
"""

import torch
from torch.distributions import (
    Categorical,
    Distribution,
    MixtureSameFamily,
    MultivariateNormal,
)

from course_utils.types import (
    Covariances,
    Flat,
    Labels,
    PerExample,
    Responsibilities,
    Table,
    Weight,
)


class GaussianMixture:
    """Σₖ πₖ 𝒩(μₖ, Σₖ) with full covariances. A step of EM returns a new one.

    Args:
        weights: Mixing weights π, shape (components,), non-negative, with sum 1.
        means: Means μₖ, shape (components, dim).
        covs: Covariances Σₖ, shape (components, dim, dim), positive definite.

    Raises:
        ValueError: The shapes do not belong together, or the weights are no probabilities.

    Example:
        >>> two = GaussianMixture(
        ...     torch.tensor([0.5, 0.5]), torch.tensor([[-2.0], [2.0]]), torch.ones(2, 1, 1)
        ... )
        >>> two.responsibilities(torch.zeros(1, 1))
        tensor([[0.5000, 0.5000]])
    """

    def __init__(self, weights: Table, means: Weight, covs: Covariances) -> None:
        k, dim = means.shape
        if weights.shape != (k,) or covs.shape != (k, dim, dim):
            raise ValueError(
                f"expected weights ({k},) and covs ({k}, {dim}, {dim}) for means ({k}, {dim}), got "
                f"{tuple(weights.shape)} and {tuple(covs.shape)}"
            )
        if weights.min() < 0 or not torch.isclose(weights.sum(), weights.new_ones(())):
            raise ValueError(f"weights: expected probabilities with sum 1, got {weights.tolist()}")

        self.weights, self.means, self.covs = weights, means, covs

    @property
    def prior(self) -> Categorical:
        """p(z)."""
        return Categorical(probs=self.weights)

    def decode(self, z: Labels) -> Distribution:
        """p(x | z), one Gaussian for each component that `z` names."""
        return MultivariateNormal(self.means[z], self.covs[z])

    @property
    def marginal(self) -> MixtureSameFamily:
        """p(x), with an empty batch."""
        components = MultivariateNormal(self.means, self.covs)
        return MixtureSameFamily(self.prior, components)

    def log_joint(self, x: Flat) -> Responsibilities:
        """log p(x, z = k) = log πₖ + log 𝒩(x; μₖ, Σₖ) in nats, shape (batch, components)."""
        components = MultivariateNormal(self.means, self.covs)
        return self.weights.log() + components.log_prob(x[:, None])

    def log_prob(self, x: Flat) -> PerExample:
        """log p(x) in nats, shape (batch,)."""
        return self.log_joint(x).logsumexp(dim=1)

    def encode(self, x: Flat) -> Categorical:
        """The exact posterior p(z | x), one row per example."""
        return Categorical(logits=self.log_joint(x))

    def responsibilities(self, x: Flat) -> Responsibilities:
        """p(z = k | x), shape (batch, components); each row sums to 1."""
        return self.log_joint(x).softmax(dim=1)

    def em_step(self, x: Flat, *, ridge: float = 0.0) -> "GaussianMixture":
        """Responsibilities with the present parameters, then the best parameters for them.

            πₖ = Nₖ / N,    μₖ = Σᵢ rᵢₖ xᵢ / Nₖ,    Σₖ = Σᵢ rᵢₖ (xᵢ − μₖ)(xᵢ − μₖ)ᵀ / Nₖ + ridge I

        with Nₖ = Σᵢ rᵢₖ. With ridge 0 the log-likelihood never falls. It also has no maximum: a
        component that sits on one point can make it as large as it likes. The ridge forbids that.

        Source:
            Bishop (2006), "Pattern Recognition and Machine Learning", eq. 9.24 to 9.26.
        """
        r = self.responsibilities(x)
        sizes = r.sum(dim=0)
        means = r.T @ x / sizes[:, None]
        centred = x[:, None] - means
        covs = torch.einsum("nk,nki,nkj->kij", r, centred, centred) / sizes[:, None, None]
        floor = ridge * torch.eye(x.shape[1], dtype=x.dtype, device=x.device)

        return GaussianMixture(sizes / sizes.sum(), means, covs + floor)

    def fit(
        self, x: Flat, *, steps: int, ridge: float = 0.0
    ) -> tuple["GaussianMixture", list[float]]:
        """`steps` steps of EM from here.

        Returns:
            The last mixture, and the mean log-likelihood of x in nats before each step and after
            the last: steps + 1 numbers.
        """
        mixture, curve = self, [self.log_prob(x).mean().item()]
        for _ in range(steps):
            mixture = mixture.em_step(x, ridge=ridge)
            curve.append(mixture.log_prob(x).mean().item())

        return mixture, curve
