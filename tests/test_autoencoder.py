"""The autoencoders that are shipped: shapes, ranges, and which layers they have."""

import pytest
import torch
from torch import nn

from course_utils.models.autoencoder import (
    Autoencoder,
    digit_autoencoder,
    face_autoencoder,
    face_decoder,
    face_encoder,
)

MODELS = {
    "digits": (digit_autoencoder, (1, 28, 28)),
    "faces": (face_autoencoder, (3, 64, 64)),
}
models = pytest.mark.parametrize("name", MODELS)


@models
def test_a_reconstruction_has_the_shape_of_the_image_and_values_in_the_unit_interval(
    name: str,
) -> None:
    build, shape = MODELS[name]
    model, x = build(7), torch.rand(2, *shape)

    assert model.encode(x).shape == (2, 7)
    assert model(x).shape == x.shape
    assert 0 <= model(50 * x).min() <= model(50 * x).max() <= 1


@models
def test_the_reconstruction_is_the_decoded_code_and_nothing_else(name: str) -> None:
    build, shape = MODELS[name]
    model, x = build(7), torch.rand(2, *shape)

    torch.testing.assert_close(model(x), model.decoder(model.encoder(x)))
    torch.testing.assert_close(model.encode(x), model.encoder(x))


def test_faces_pass_through_32_64_128_and_128_channels() -> None:
    down = [m.out_channels for m in face_encoder(5) if isinstance(m, nn.Conv2d)]
    up = [m.in_channels for m in face_decoder(5) if isinstance(m, nn.ConvTranspose2d)]

    assert down == [32, 64, 128, 128]
    assert up == [128, 128, 64, 32]


def test_the_face_decoder_returns_logits() -> None:
    model = face_autoencoder(5)
    h = torch.randn(3, 5)

    torch.testing.assert_close(model.decoder[0](h).sigmoid(), model.decoder(h))


def test_any_pair_makes_an_autoencoder() -> None:
    identity = Autoencoder(nn.Identity(), nn.Identity())
    x = torch.rand(4, 3)

    assert torch.equal(identity(x), x)
