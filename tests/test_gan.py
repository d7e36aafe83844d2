"""DCGAN's rules, read off the networks themselves."""

import math
from itertools import pairwise

import pytest
import torch
from torch import nn

from course_utils.explorers.program import program
from course_utils.models.gan import analogy, dcgan_discriminator, dcgan_generator

SHAPES = {
    "digits": {"side": 28, "channels": 1, "width": 8},
    "faces": {"side": 64, "channels": 3, "width": 8},
    "faces, capped": {"side": 64, "channels": 3, "width": 8, "most": 16},
}
every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


def pair(shape: dict) -> tuple[nn.Sequential, nn.Sequential]:
    torch.manual_seed(0)
    return dcgan_generator(16, **shape), dcgan_discriminator(**shape)


@every_shape
def test_noise_becomes_images_and_images_logits(shape: dict) -> None:
    generator, discriminator = pair(shape)

    x_fake = generator(torch.randn(5, 16))

    assert x_fake.shape == (5, shape["channels"], shape["side"], shape["side"])
    assert x_fake.abs().max() < 1
    assert discriminator(x_fake).shape == (5,)


@every_shape
def test_each_doubling_mirrors_a_halving(shape: dict) -> None:
    generator, discriminator = pair(shape)
    up, maps = torch.randn(2, 16), []
    for layer in generator:
        up = layer(up)
        if isinstance(layer, nn.ConvTranspose2d):
            maps.append(up.shape)
    down, mirrored = up, [up.shape]
    for layer in discriminator[:-2]:
        down = layer(down)
        if isinstance(layer, nn.Conv2d):
            mirrored.append(down.shape)

    assert maps == mirrored[::-1]
    assert maps[0][2] == 4
    assert all(a[2] == math.ceil(b[2] / 2) for a, b in pairwise(maps))


@every_shape
def test_the_rules_hold(shape: dict) -> None:
    generator, discriminator = pair(shape)
    g_layers, d_layers = list(generator), list(discriminator)
    allowed = {nn.Unflatten, nn.ConvTranspose2d, nn.BatchNorm2d, nn.ReLU, nn.Tanh}

    assert {type(layer) for layer in g_layers} == allowed
    assert isinstance(g_layers[-1], nn.Tanh)
    assert isinstance(g_layers[-2], nn.ConvTranspose2d)
    assert not any(isinstance(layer, nn.Linear) for layer in g_layers + d_layers)
    assert isinstance(d_layers[1], nn.LeakyReLU)
    assert {m.negative_slope for m in d_layers if isinstance(m, nn.LeakyReLU)} == {0.2}
    for layers, affine in ((g_layers, g_layers[1:-2]), (d_layers, d_layers[2:-2])):
        assert not any("Pool" in type(layer).__name__ for layer in layers)
        for layer, follower in pairwise(affine):
            if isinstance(layer, CONVOLUTIONS):
                assert isinstance(follower, nn.BatchNorm2d)
                assert layer.bias is None


def test_weights_begin_at_a_fiftieth() -> None:
    for network in (dcgan_generator(64, width=32), dcgan_discriminator(width=32)):
        for module in network.modules():
            if isinstance(module, CONVOLUTIONS) and module.weight.numel() > 10_000:
                share = module.weight.std().item() / 0.02
                assert abs(share - 1) < 4 / math.sqrt(2 * module.weight.numel())
            elif isinstance(module, nn.BatchNorm2d):
                assert (module.weight - 1).abs().max() < 0.1
                assert module.weight.std() > 0.005
                assert module.bias.abs().max() == 0
    assert network[-2].bias.item() == 0


def test_every_weight_of_both_players_gets_a_gradient() -> None:
    generator, discriminator = pair(SHAPES["digits"])

    discriminator(generator(torch.randn(8, 16))).square().sum().backward()

    for network in (generator, discriminator):
        assert all(p.grad is not None and p.grad.abs().max() > 0 for p in network.parameters())


def test_a_constant_in_front_of_batch_norm_changes_nothing() -> None:
    """Why the convolutions there have no bias."""
    norm, y = nn.BatchNorm2d(3), torch.randn(8, 3, 4, 4)

    torch.testing.assert_close(norm(y + 7), norm(y), atol=1e-5, rtol=0)


@every_shape
def test_the_page_can_run_the_generator(shape: dict) -> None:
    generator, _ = pair(shape)

    found = program(generator.eval(), 16)

    assert found.shape == (shape["channels"], shape["side"], shape["side"])
    assert [step["op"] for step in found.steps].count("normalise") == 0


def test_other_sides_are_refused() -> None:
    for make in (dcgan_generator, dcgan_discriminator):
        with pytest.raises(ValueError, match=r"side: expected one of \[28, 64\], got 32"):
            make(side=32)


def test_an_analogy_cancels_what_the_concepts_share() -> None:
    """Codes that are sums of a smile, a beard and accidents with mean zero."""
    smile, beard, accidents = torch.randn(3, 8, dtype=torch.float64)
    spread = torch.tensor([[-1.0], [0.25], [0.75]], dtype=torch.float64) * accidents

    z = analogy(smile + spread, spread[:2] - spread[:2].mean(dim=0), beard + spread)

    torch.testing.assert_close(z, smile + beard)
