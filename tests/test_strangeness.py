"""The score of strangeness against densities of torch.distributions."""

import torch
from torch.distributions import Normal

from course_utils.objectives import best_log_likelihood, strangeness


def images() -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(0)
    x = torch.rand(4, 1, 5, 6, generator=g, dtype=torch.float64)
    return (x + 0.2 * torch.randn(x.shape, generator=g, dtype=torch.float64)), x


def log_density(x_hat: torch.Tensor, x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """log 𝒩(x; x_hat, σ² I) for every example and every σ, shape (sigmas, batch)."""
    spread = sigma[:, None, None, None, None]
    return Normal(x_hat, spread).log_prob(x).flatten(2).sum(dim=2)


def test_best_log_likelihood_is_the_highest_over_a_fine_grid_of_sigmas() -> None:
    x_hat, x = images()
    error = (x - x_hat).square().flatten(1).sum(dim=1)
    sigmas = torch.logspace(-2, 1, 20_001, dtype=torch.float64)
    highest = log_density(x_hat, x, sigmas).amax(dim=0)

    found = best_log_likelihood(error, 30)

    assert (found >= highest).all()
    torch.testing.assert_close(found, highest, atol=1e-5, rtol=0)


def test_strangeness_is_the_difference_to_the_empty_page() -> None:
    x_hat, x = images()
    sigmas = torch.logspace(-2, 1, 20_001, dtype=torch.float64)
    page = log_density(torch.zeros_like(x), x, sigmas).amax(dim=0)
    model = log_density(x_hat, x, sigmas).amax(dim=0)

    torch.testing.assert_close(strangeness(x_hat, x), page - model, atol=1e-4, rtol=0)


def test_strangeness_does_not_see_how_bright_an_image_is() -> None:
    x_hat, x = images()

    torch.testing.assert_close(strangeness(3 * x_hat, 3 * x), strangeness(x_hat, x))


def test_the_empty_page_is_as_strange_as_itself() -> None:
    _, x = images()

    torch.testing.assert_close(
        strangeness(torch.zeros_like(x), x), torch.zeros(4, dtype=torch.float64)
    )
