"""An encoder and a decoder as one model, and the two for 64x64 colour faces.

h = f(x),    x_hat = g(h)
"""

from torch import nn

from course_utils.nn import conv_decoder, conv_encoder
from course_utils.types import Data, Latent

FACE = {"side": 64, "channels": 3, "width": 32, "widest": 128}  # 32, 64, 128, 128 channels


class Autoencoder(nn.Module):
    """A pair of networks: x to a code h = f(x), and h to x_hat = g(h).

    Args:
        encoder: f, maps (batch, *event) to (batch, latent).
        decoder: g, maps (batch, latent) back; it ends in values, not in logits.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, x: Data) -> Data:
        """The reconstruction x_hat = g(f(x))."""
        return self.decoder(self.encoder(x))

    def encode(self, x: Data) -> Latent:
        """The code h = f(x), shape (batch, latent)."""
        return self.encoder(x)


def face_encoder(out: int) -> nn.Sequential:
    """64x64 colour faces to `out` numbers: d for a code, 2d for μ and log σ²."""
    return conv_encoder(out, **FACE)


def face_decoder(latent: int) -> nn.Sequential:
    """A code of `latent` numbers to the logits of a 64x64 colour face."""
    return conv_decoder(latent, **FACE)


def face_autoencoder(latent: int = 200) -> Autoencoder:
    """An autoencoder of faces whose pixels are the sigmoids of the decoder's logits."""
    decoder = nn.Sequential(face_decoder(latent), nn.Sigmoid())

    return Autoencoder(face_encoder(latent), decoder)


def digit_autoencoder(latent: int = 32) -> Autoencoder:
    """An autoencoder of 28x28 digits, shape (batch, 1, 28, 28), with 16 and 32 channels."""
    decoder = nn.Sequential(conv_decoder(latent, width=16), nn.Sigmoid())

    return Autoencoder(conv_encoder(latent, width=16), decoder)
