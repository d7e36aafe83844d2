from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from course_utils.nn import TiedLinear, conv_decoder, conv_encoder, mlp, transposed_size

images = pytest.mark.parametrize(("side", "channels"), [(28, 1), (28, 3), (64, 1), (64, 3)])
NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "mlp": (lambda: mlp(6, 5, 4, 3, activation=nn.Tanh), (6,)),
    "conv_encoder 28": (lambda: conv_encoder(3, width=4), (1, 28, 28)),
    "conv_encoder 64": (lambda: conv_encoder(3, side=64, channels=3, width=4), (3, 64, 64)),
    "conv_decoder 28": (lambda: conv_decoder(3, width=4), (3,)),
    "conv_decoder 64": (lambda: conv_decoder(3, side=64, channels=3, width=4), (3,)),
    "TiedLinear": (lambda: TiedLinear(nn.Linear(6, 3)), (3,)),
}
networks = pytest.mark.parametrize("name", NETWORKS)


def weights(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@images
def test_encoder_and_decoder_have_the_shapes_asked_for(side: int, channels: int) -> None:
    x = torch.rand(2, channels, side, side)
    z = conv_encoder(5, side=side, channels=channels, width=4)(x)
    x_hat = conv_decoder(5, side=side, channels=channels, width=4)(z)

    assert z.shape == (2, 5)
    assert x_hat.shape == x.shape


def test_small_grey_images_and_width_32_unless_said_otherwise() -> None:
    encoder, decoder = conv_encoder(2), conv_decoder(2)

    assert [(c.in_channels, c.out_channels) for c in encoder[:3:2]] == [(1, 32), (32, 64)]
    assert [(c.in_channels, c.out_channels) for c in decoder[3::2]] == [(64, 32), (32, 1)]


@images
def test_decoder_mirrors_the_encoder_layer_by_layer(side: int, channels: int) -> None:
    kinds = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
    encoder, decoder = (
        [layer for layer in net if isinstance(layer, kinds)]
        for net in (
            conv_encoder(5, side=side, channels=channels, width=4),
            conv_decoder(5, side=side, channels=channels, width=4),
        )
    )

    for down, up in zip(encoder, reversed(decoder), strict=True):
        # in and out swapped: the weight of both kinds of convolution has one shape
        expected = down.weight.T if isinstance(down, nn.Linear) else down.weight
        assert up.weight.shape == expected.shape
        if not isinstance(down, nn.Linear):
            assert (up.kernel_size, up.stride, up.padding) == ((4, 4), (2, 2), (1, 1))
            assert (down.kernel_size, down.stride, down.padding) == ((4, 4), (2, 2), (1, 1))


@pytest.mark.parametrize(
    ("side", "maps"),
    [(28, [(4, 14), (8, 7)]), (64, [(4, 32), (8, 16), (16, 8), (32, 4)])],
)
def test_each_halving_doubles_the_channels(side: int, maps: list[tuple[int, int]]) -> None:
    x = torch.rand(1, 1, side, side)
    seen = []
    for layer in conv_encoder(5, side=side, width=4):
        x = layer(x)
        if isinstance(layer, nn.Conv2d):
            seen.append((x.shape[1], x.shape[2]))

    assert seen == maps


def test_channels_stop_doubling_at_the_widest() -> None:
    shape = {"side": 64, "channels": 3, "width": 4, "widest": 16}
    down = [m for m in conv_encoder(5, **shape) if isinstance(m, nn.Conv2d)]
    up = [m for m in conv_decoder(5, **shape) if isinstance(m, nn.ConvTranspose2d)]

    assert [layer.out_channels for layer in down] == [4, 8, 16, 16]
    assert [layer.in_channels for layer in up] == [16, 16, 8, 4]
    assert conv_decoder(5, **shape)(torch.rand(2, 5)).shape == (2, 3, 64, 64)


def test_relu_stands_between_all_layers_and_none_after_the_last() -> None:
    for network in (conv_encoder(5), conv_decoder(5), mlp(4, 3, 2)):
        affine = [layer for layer in network if hasattr(layer, "weight")]
        nonlinear = [layer for layer in network if isinstance(layer, nn.ReLU)]
        after_convolutions = sum(isinstance(layer, nn.Conv2d) for layer in network)

        assert len(nonlinear) == (after_convolutions or len(affine) - 1)
        assert network[-1] is affine[-1]


def test_mlp_is_the_written_out_formula() -> None:
    x = torch.randn(5, 4, dtype=torch.float64)
    net = mlp(4, 3, 2, activation=nn.Tanh).double()
    first, _, last = net
    hidden = torch.tanh(x @ first.weight.T + first.bias)

    torch.testing.assert_close(net(x), hidden @ last.weight.T + last.bias)


def test_mlp_of_two_sizes_is_one_affine_layer() -> None:
    assert [type(layer) for layer in mlp(4, 2)] == [nn.Linear]


@networks
def test_every_parameter_receives_a_gradient(name: str) -> None:
    make, shape = NETWORKS[name]
    network = make()
    unused = "encoder.bias"  # c belongs to the encoder of a tied pair, not to its decoder
    network(torch.randn(16, *shape)).square().sum().backward()

    for key, parameter in network.named_parameters():
        if key != unused:
            assert parameter.grad is not None, key
            assert parameter.grad.abs().sum() > 0, key


@networks
def test_saved_and_loaded_network_is_the_same_function(name: str, tmp_path: Path) -> None:
    make, shape = NETWORKS[name]
    network, copy = make(), make()
    x = torch.randn(2, *shape)
    assert not torch.equal(copy(x), network(x))

    torch.save(network.state_dict(), tmp_path / "net.pt")
    copy.load_state_dict(torch.load(tmp_path / "net.pt", weights_only=True))
    assert torch.equal(copy(x), network(x))


def tied_pair() -> tuple[nn.Linear, TiedLinear, nn.Sequential]:
    encoder = nn.Linear(6, 3).double()
    decoder = TiedLinear(encoder)
    return encoder, decoder, nn.Sequential(encoder, decoder)


def test_tied_decoder_applies_the_transpose() -> None:
    encoder, decoder, _ = tied_pair()
    z = torch.randn(5, 3, dtype=torch.float64)
    with torch.no_grad():
        decoder.bias.copy_(torch.randn(6))

    torch.testing.assert_close(decoder(z), z @ encoder.weight + decoder.bias)


def test_tied_pair_shares_one_tensor_and_has_half_the_weights() -> None:
    encoder, decoder, pair = tied_pair()

    assert decoder.encoder.weight is encoder.weight
    assert weights(pair) == 6 * 3 + 3 + 6
    assert weights(mlp(6, 3, 6)) - weights(pair) == 6 * 3


def test_bias_of_the_tied_decoder_starts_at_zero_in_the_encoders_type() -> None:
    _, decoder, _ = tied_pair()

    assert torch.equal(decoder.bias, torch.zeros(6, dtype=torch.float64))


def test_gradient_of_the_shared_weight_comes_from_both_uses() -> None:
    encoder, decoder, pair = tied_pair()
    x = torch.randn(5, 6, dtype=torch.float64)
    pair(x).square().sum().backward()

    down, up = (encoder.weight.detach().clone().requires_grad_() for _ in range(2))
    code = x @ down.T + encoder.bias.detach()
    (code @ up + decoder.bias.detach()).square().sum().backward()
    assert down.grad.abs().sum() > 0
    assert up.grad.abs().sum() > 0
    torch.testing.assert_close(encoder.weight.grad, down.grad + up.grad)


def test_optimiser_moves_the_shared_weight_once_for_both() -> None:
    encoder, decoder, pair = tied_pair()
    optimizer = torch.optim.SGD(pair.parameters(), lr=0.1)
    before = encoder.weight.detach().clone()
    pair(torch.randn(5, 6, dtype=torch.float64)).square().sum().backward()
    optimizer.step()

    torch.testing.assert_close(encoder.weight, before - 0.1 * encoder.weight.grad)
    assert decoder.encoder.weight is encoder.weight


@pytest.mark.parametrize("sizes", [(), (4,)])
def test_mlp_refuses_fewer_than_two_sizes(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="sizes: expected an input and an output"):
        mlp(*sizes)


@pytest.mark.parametrize("build", [conv_encoder, conv_decoder])
def test_other_sides_are_refused_by_name(build: Callable[..., nn.Module]) -> None:
    with pytest.raises(ValueError, match=r"side: expected one of \[28, 64\], got 32"):
        build(2, side=32)


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_transposed_size_is_that_of_torch(kernel: int, stride: int) -> None:
    for padding in range((kernel + 1) // 2):
        layer = nn.ConvTranspose2d(1, 1, kernel, stride=stride, padding=padding)
        for side in (2, 5, 7):
            found = layer(torch.zeros(1, 1, side, side)).shape[-1]
            sizes = transposed_size(torch.tensor([side]), kernel, stride, padding)
            assert sizes.tolist() == [found]
