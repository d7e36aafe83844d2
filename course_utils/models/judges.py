"""Networks that judge what others generate: classifiers whose last hidden layer gives features.

A judge is small, shipped, and trained on real data only; every distance in its features is quoted
with the distance of fresh real data beside it.
"""

from torch import nn

from course_utils.nn import conv_encoder
from course_utils.types import Data, Latent


class Judge(nn.Module):
    """An image to features, and features to logits.

        features = conv_encoder(x),    logits = W relu(features) + b

    Args:
        outputs: Number of logits: classes, or labels that are 0 or 1.
        side: Side of the square image, 28 or 64.
        channels: Channels of the image.
        width: Channels after the first halving.
        features: Size of the feature vector.
    """

    def __init__(
        self, outputs: int, *, side: int, channels: int, width: int = 16, features: int = 64
    ) -> None:
        super().__init__()
        self.body = conv_encoder(features, side=side, channels=channels, width=width)
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(features, outputs))

    def features(self, x: Data) -> Latent:
        """Images in [0, 1], shape (batch, channel, height, width), to (batch, features)."""
        return self.body(x)

    def forward(self, x: Data) -> Latent:
        """Images in [0, 1] to logits, shape (batch, outputs)."""
        return self.head(self.body(x))


def digit_judge() -> Judge:
    """Reads the ten digits, 28x28; its 64 features measure the Fréchet distance of digits."""
    return Judge(10, side=28, channels=1)


def face_judge(labels: int = 19) -> Judge:
    """Reads labels such as 'Smiling' of 64x64 colour faces; 64 features as for digits."""
    return Judge(labels, side=64, channels=3)
