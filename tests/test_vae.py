import math

import pytest
import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn
from torch.distributions import kl_divergence

from course_utils.models import (
    VAE,
    GaussianVAE,
    LatentModel,
    equal_mass_positions,
    face_vae,
    plane_grid,
)
from course_utils.models.autoencoder import face_autoencoder


def binary(n: int, dim: int) -> Tensor:
    return torch.randint(0, 2, (n, dim)).float()


def linear_vae(latent: int = 2, *, sigma: float = 1.0) -> GaussianVAE:
    nets = nn.Linear(5, 2 * latent).double(), nn.Linear(latent, 5).double()
    return GaussianVAE(*nets, latent=latent, sigma=sigma, learn=True).double()


def test_parts_are_distributions_over_the_right_events() -> None:
    vae, x = VAE(6, 8, 2), binary(3, 6)
    q_z, p_z = vae.encode(x), vae.prior
    p_x = vae.decode(q_z.rsample())

    assert (q_z.batch_shape, q_z.event_shape) == ((3,), (2,))
    assert (p_z.batch_shape, p_z.event_shape) == ((), (2,))
    assert (p_x.batch_shape, p_x.event_shape) == ((3,), (6,))
    assert vae(x).shape == (3,)


def test_encoder_puts_means_first_and_log_variances_second() -> None:
    vae, x = VAE(6, 8, 2), binary(3, 6)
    out = vae.encoder_net(x)

    torch.testing.assert_close(vae.encode(x).mean, out[:, :2])
    torch.testing.assert_close(vae.encode(x).variance, out[:, 2:].exp())


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_forward_is_reconstruction_less_beta_times_kl(beta: float) -> None:
    vae, x = VAE(6, 8, 2), binary(1, 6).expand(20_000, 6)
    q_z = vae.encode(x[:1])
    z = q_z.sample((20_000,))[:, 0]
    reconstruction = vae.decode(z).log_prob(x[:1]).mean()
    oracle = reconstruction - beta * kl_divergence(q_z, vae.prior).sum()

    assert vae(x, beta=beta).mean().item() == pytest.approx(oracle.item(), abs=0.03)


def test_decoder_starts_at_the_log_odds_of_the_mean() -> None:
    mean = torch.tensor([0.2, 0.9, 0.0, 1.0, 0.5, 0.3])
    vae = VAE(6, 8, 2, mean=mean)

    bias = vae.decoder_net[-1].bias.sigmoid()
    torch.testing.assert_close(bias, mean.clamp(0.01, 0.99))


def test_marginal_of_all_binary_images_sums_to_one() -> None:
    """p(x) by quadrature over z, summed over all 2⁸ images."""
    vae = VAE(8, 5, 2).double()
    with torch.no_grad():
        vae.decoder_net[-1].weight.mul_(8)
    x = torch.cartesian_prod(*[torch.tensor([0.0, 1.0]).double()] * 8)
    nodes = torch.linspace(-7, 7, 141, dtype=torch.float64)
    z = torch.cartesian_prod(nodes, nodes)
    weight = vae.prior.log_prob(z) + 2 * math.log(0.1)
    with torch.no_grad():
        logits = vae.decoder_net(z)
        probability = vae.decode(z[:1].expand(256, 2)).log_prob(x)  # by the model itself
        log_p = x @ logits.T - nn.functional.softplus(logits).sum(dim=1)
    torch.testing.assert_close(log_p[:, 0], probability)

    p_x = (log_p + weight).logsumexp(dim=1).exp()
    assert p_x.sum().item() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("sigma", [0.3, 1.0])
def test_gaussian_decoder_is_the_squared_error_in_nats(sigma: float) -> None:
    model, x, z = linear_vae(sigma=sigma), torch.randn(4, 5).double(), torch.randn(4, 2).double()
    x_hat = model.decoder_net(z)
    oracle = -(x - x_hat).square().sum(dim=1) / (2 * sigma**2)
    oracle = oracle - 2.5 * math.log(2 * math.pi * sigma**2)

    torch.testing.assert_close(model.decode(z).log_prob(x), oracle)
    assert model.sigma == pytest.approx(sigma)


def test_elbo_of_a_linear_vae_is_greatest_at_probabilistic_pca() -> None:
    """At the maximum-likelihood solution the gradient vanishes and the bound is PCA's score."""
    x = torch.randn(200, 5).double() @ torch.randn(5, 5).double() + 1
    oracle = PCA(2).fit(x.numpy())
    oracle.explained_variance_ *= 199 / 200  # scikit-learn divides by n − 1
    noise = oracle.noise_variance_ * 199 / 200
    variances = torch.from_numpy(oracle.explained_variance_)
    u, mean = torch.from_numpy(oracle.components_), torch.from_numpy(oracle.mean_)
    gain = (variances - noise).sqrt()

    model = linear_vae(sigma=math.sqrt(noise))
    with torch.no_grad():
        model.decoder_net.weight.copy_(u.T * gain)
        model.decoder_net.bias.copy_(mean)
        model.encoder_net.weight.zero_()
        model.encoder_net.weight[:2] = u * (gain / variances)[:, None]
        model.encoder_net.bias[:2] = -model.encoder_net.weight[:2] @ mean
        model.encoder_net.bias[2:] = (noise / variances).log()

    bound = model(x.repeat(2000, 1)).mean()
    bound.backward()
    cov = u.T @ (gain.square().diag() @ u) + noise * torch.eye(5).double()
    exact = torch.distributions.MultivariateNormal(mean, cov).log_prob(x).mean()
    assert bound.item() == pytest.approx(exact.item(), abs=0.01)
    for name, parameter in model.named_parameters():
        assert parameter.grad.abs().max() < 0.05, name


def test_every_parameter_gets_a_gradient_and_a_fixed_sigma_none() -> None:
    vae = VAE(6, 8, 2)
    (-vae(binary(3, 6)).mean()).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in vae.parameters())

    fixed = GaussianVAE(nn.Linear(5, 4), nn.Linear(2, 5), latent=2, sigma=0.5)
    (-fixed(torch.randn(3, 5)).mean()).backward()
    assert fixed.logvar_x.grad is None


def test_learned_sigma_falls_to_the_residual() -> None:
    x = 0.1 * torch.randn(200, 5)
    model = GaussianVAE(nn.Linear(5, 4), nn.Linear(2, 5), latent=2, learn=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    for _ in range(120):
        optimizer.zero_grad()
        (-model(x).mean()).backward()
        optimizer.step()

    assert model.sigma == pytest.approx(0.1, abs=0.02)


def test_weights_survive_and_the_prior_is_not_among_them() -> None:
    vae, again = VAE(6, 8, 2), VAE(6, 8, 2)
    again.load_state_dict(vae.state_dict())
    x = binary(3, 6)

    torch.testing.assert_close(again.encode(x).mean, vae.encode(x).mean)
    assert not any("origin" in name for name in vae.state_dict())
    assert vae.double().prior.sample().dtype == torch.float64


def test_faces_have_the_networks_of_the_autoencoder() -> None:
    vae, pair = face_vae(10), face_autoencoder(10)
    shapes = [[p.shape for p in net.parameters()] for net in (vae.decoder_net, pair.decoder)]
    up = [[p.shape for p in net.parameters()][:-2] for net in (vae.encoder_net, pair.encoder)]
    x = torch.rand(2, 3, 64, 64)

    assert shapes[0] == shapes[1]
    assert up[0] == up[1]
    assert vae.encode(x).mean.shape == (2, 10)
    assert vae.decode(torch.zeros(2, 10)).mean.shape == x.shape
    assert vae(x).shape == (2,)


def test_model_without_a_decoder_says_so() -> None:
    with pytest.raises(NotImplementedError):
        LatentModel(nn.Linear(5, 4), nn.Linear(2, 5), latent=2).decode(torch.zeros(1, 2))


@pytest.mark.parametrize("sigma", [0.0, -1.0])
def test_sigma_must_be_positive(sigma: float) -> None:
    with pytest.raises(ValueError, match="sigma: expected a positive number"):
        GaussianVAE(nn.Linear(5, 4), nn.Linear(2, 5), latent=2, sigma=sigma)


@pytest.mark.parametrize("count", [1, 2, 7, 20])
def test_positions_halve_cells_of_equal_mass(count: int) -> None:
    positions = equal_mass_positions(count).double()
    masses = 0.5 * (1 + torch.erf(positions / 2**0.5))

    torch.testing.assert_close(masses * count, torch.arange(count) + 0.5, check_dtype=False)
    with pytest.raises(ValueError, match="count: expected at least 1 cell, got 0"):
        equal_mass_positions(0)


def test_grid_runs_from_the_top_left_row_by_row() -> None:
    grid = plane_grid(torch.tensor([-1.0, 0.0, 2.0]))

    assert grid[:4].tolist() == [[-1, 2], [0, 2], [2, 2], [-1, 0]]
    assert grid[-1].tolist() == [2, -1]
