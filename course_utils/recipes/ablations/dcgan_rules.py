"""What does each rule of DCGAN buy? One rule broken at a time, on digits, 1,000 steps, three seeds.

python -m course_utils.recipes.ablations.dcgan_rules    measures the table again, in ten minutes
"""

from collections.abc import Callable

import torch
from torch import nn

from course_utils import weights
from course_utils.data import mnist
from course_utils.device import seed_everything
from course_utils.evaluation import features_of, frechet_distance
from course_utils.models.gan import dcgan_discriminator, dcgan_generator, started
from course_utils.models.judges import digit_judge
from course_utils.recipes._dcgan import play

STEPS, SEEDS, LATENT, WIDTH, COUNT = 1000, (0, 1, 2), 64, 16, 2000
GAME = {"rate": 1e-3, "decay": 0.99}
Pair = tuple[nn.Sequential, nn.Sequential]
CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


def by_the_rules() -> Pair:
    """Generator and discriminator of 16 channels before the last doubling."""
    return dcgan_generator(LATENT, width=WIDTH), dcgan_discriminator(width=WIDTH)


def swapped(network: nn.Sequential, old: type, new: Callable) -> nn.Sequential:
    """The network with each layer of one type replaced by what `new` makes of it, or left out."""
    layers = [new(layer) if isinstance(layer, old) else layer for layer in network]
    return nn.Sequential(*[layer for layer in layers if layer is not None])


def without_batch_norm() -> Pair:
    """No batch norm anywhere; the convolutions get the bias that it made redundant."""
    generator, discriminator = by_the_rules()
    for layer in (*generator, *discriminator):
        if isinstance(layer, CONVOLUTIONS) and layer.bias is None:
            width = layer.weight.shape[1 if isinstance(layer, nn.ConvTranspose2d) else 0]
            layer.bias = nn.Parameter(torch.zeros(width))
    networks = [swapped(n, nn.BatchNorm2d, lambda _: None) for n in (generator, discriminator)]
    return networks[0], networks[1]


def batch_norm_everywhere() -> Pair:
    """Batch norm at G's output and behind D's first convolution too."""
    generator, discriminator = by_the_rules()
    generator.insert(len(generator) - 1, nn.BatchNorm2d(1))
    discriminator.insert(1, nn.BatchNorm2d(WIDTH))
    return started(generator), started(discriminator)


def hidden_affine_layers() -> Pair:
    """A hidden affine layer of 128 units at G's entrance, and one at D's exit."""
    generator, discriminator = by_the_rules()
    entrance = [nn.Linear(LATENT, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, LATENT)]
    exit_ = [nn.Flatten(), nn.Linear(4 * WIDTH * 16, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1)]
    generator = nn.Sequential(*entrance, *generator)
    discriminator = nn.Sequential(*discriminator[:-2], *exit_, nn.Flatten(0))
    return started(generator), started(discriminator)


def pooling() -> Pair:
    """Averages of 2x2 in place of D's strides, repeated pixels in place of G's."""
    generator, discriminator = by_the_rules()

    def up(layer: nn.ConvTranspose2d) -> nn.Module:
        if layer.stride == (1, 1):
            return layer
        conv = nn.Conv2d(layer.in_channels, layer.out_channels, 3, padding=1)
        crop = nn.ZeroPad2d((0, -1, 0, -1)) if layer.kernel_size == (3, 3) else nn.Identity()
        return nn.Sequential(nn.Upsample(scale_factor=2), crop, conv)

    def down(layer: nn.Conv2d) -> nn.Module:
        if layer.stride == (1, 1):
            return layer
        conv = nn.Conv2d(layer.in_channels, layer.out_channels, 3, padding=1)
        return nn.Sequential(conv, nn.AvgPool2d(2, ceil_mode=True))

    generator = swapped(generator, nn.ConvTranspose2d, up)
    return started(generator), started(swapped(discriminator, nn.Conv2d, down))


def two_halvings() -> Pair:
    """Maps of side 28, 14 and 7 only: one affine layer of D has to judge maps of 7x7."""
    generator = nn.Sequential(
        nn.Unflatten(1, (LATENT, 1, 1)),
        nn.ConvTranspose2d(LATENT, 2 * WIDTH, 7, bias=False),
        *by_the_rules()[0][-7:],
    )
    discriminator = nn.Sequential(*by_the_rules()[1][:5], nn.Conv2d(2 * WIDTH, 1, 7), nn.Flatten(0))
    return started(generator), started(discriminator)


def relu_in_discriminator() -> Pair:
    """ReLU in place of LeakyReLU."""
    generator, discriminator = by_the_rules()
    return generator, swapped(discriminator, nn.LeakyReLU, lambda _: nn.ReLU())


def sigmoid_output() -> Pair:
    """A sigmoid at G's end, with data in [0, 1]."""
    generator, discriminator = by_the_rules()
    return swapped(generator, nn.Tanh, lambda _: nn.Sigmoid()), discriminator


def start_of_torch() -> Pair:
    """Every layer begins as torch begins it."""
    for network in (pair := by_the_rules()):
        for layer in network:
            if hasattr(layer, "reset_parameters"):
                layer.reset_parameters()
    return pair


BROKEN: dict[str, tuple[Callable[[], Pair], dict]] = {
    "all rules": (by_the_rules, {}),
    "Adam's usual beta1, 0.9": (by_the_rules, {"beta1": 0.9}),
    "hidden affine layers": (hidden_affine_layers, {}),
    "no batch norm": (without_batch_norm, {}),
    "batch norm everywhere": (batch_norm_everywhere, {}),
    "sigmoid, data in [0, 1]": (sigmoid_output, {"low": 0.0}),
    "tanh, data in [0, 1]": (by_the_rules, {"low": 0.0}),
    "ReLU in D": (relu_in_discriminator, {}),
    "torch's usual start": (start_of_torch, {}),
    "pooling for strides": (pooling, {}),
    "two halvings only": (two_halvings, {}),
}


MEASURED: dict[str, tuple[int, ...]] = {  # Fréchet distances by seed
    "all rules": (87, 73, 103),
    "Adam's usual beta1, 0.9": (530, 311, 566),
    "hidden affine layers": (925, 935, 860),
    "no batch norm": (317, 227, 169),
    "batch norm everywhere": (452, 473, 469),
    "sigmoid, data in [0, 1]": (88, 71, 66),
    "tanh, data in [0, 1]": (65, 65, 68),
    "ReLU in D": (87, 77, 93),
    "torch's usual start": (75, 74, 82),
    "pooling for strides": (51, 42, 49),
    "two halvings only": (125, 124, 121),
}


def distance(rule: str, seed: int) -> float:
    """The Fréchet distance of 2,000 samples from 2,000 test images with that rule broken.

    Args:
        rule: One of `BROKEN`.
        seed: Of weights, noise and batches.

    Raises:
        ValueError: There is no such rule.
    """
    if rule not in BROKEN:
        raise ValueError(f"rule: expected one of {sorted(BROKEN)}, got '{rule}'")
    make, settings = BROKEN[rule]
    low = settings.get("low", -1.0)
    seed_everything(seed)
    pair, digits = make(), mnist()
    play(*pair, digits.x_train, steps=STEPS, size=32, seed=seed, **GAME | settings)

    generator, judge = pair[0], weights.load("digit_judge", digit_judge())
    with torch.no_grad():
        x_fake = generator.eval()(torch.randn(COUNT, LATENT))
    x_fake = ((x_fake - low) / (1 - low)).clamp(0, 1)

    return frechet_distance(
        features_of(judge.features, x_fake), features_of(judge.features, digits.x_test[:COUNT])
    )


def main() -> None:
    """Print the table."""
    for rule in BROKEN:
        print(f'    "{rule}": {tuple(round(distance(rule, seed)) for seed in SEEDS)},', flush=True)


if __name__ == "__main__":
    main()
