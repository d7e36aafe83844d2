"""What is trained: three models, each with its data, its step as the notebooks write it, its test.

vae      layers 784-400-20-400-784, grey digits as probabilities, batches of 128
dcgan    the digits' GAN of notebook 12, batches of 64
faces    convolutions, 200 latents, 64x64 colour faces, batches of 32
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Adam

from course_utils import objectives
from course_utils.data import faces, mnist
from course_utils.divergences import kl_to_prior
from course_utils.models.autoencoder import face_decoder, face_encoder
from course_utils.models.gan import dcgan_discriminator, dcgan_generator
from course_utils.nn import mlp
from course_utils.recipes._dcgan import update

Step = Callable[[Tensor], dict[str, Tensor]]


class Halves(nn.Module):
    """Encoder and decoder of a VAE, or generator and discriminator of a GAN."""

    def __init__(self, first: nn.Module, second: nn.Module, latent: int) -> None:
        super().__init__()
        self.first = first
        self.second = second
        self.latent = latent

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the decoder says, and mean and log variance of the code."""
        mu, logvar = self.first(x).chunk(2, dim=1)
        z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
        return self.second(z), mu, logvar


def digit_vae(d: int = 20) -> Halves:
    """784-400-d-400-784; the decoder returns logits."""
    return Halves(mlp(784, 400, 2 * d), mlp(d, 400, 784), d)


def faces_vae(d: int = 200) -> Halves:
    """The networks of `face_vae`; the decoder returns colours."""
    return Halves(face_encoder(2 * d), nn.Sequential(face_decoder(d), nn.Sigmoid()), d)


def dcgan() -> Halves:
    """The two players of notebook 12, 32 channels wide."""
    return Halves(dcgan_generator(64), dcgan_discriminator(), 64)


def digit_loss(model: Halves, x: Tensor) -> Tensor:
    """Cross-entropy on logits, plus KL: nats per example."""
    logits, mu, logvar = model(x)
    return objectives.bernoulli_nll(logits, x) + kl_to_prior(mu, logvar)


def faces_loss(model: Halves, x: Tensor) -> Tensor:
    """Half the squared error, plus KL: nats per example, up to the constant of σ = 1."""
    x_hat, mu, logvar = model(x)
    return objectives.squared_error(x_hat, x) / 2 + kl_to_prior(mu, logvar)


def vae_step(model: Halves, loss: Callable[[Halves, Tensor], Tensor], **adam: bool) -> Step:
    """One step of a VAE, with Adam in one kernel or as the options say."""
    options = adam or {"fused": True}
    optimizer = Adam(model.parameters(), lr=1e-3, **options, **capturable(model))

    def step(x: Tensor) -> dict[str, Tensor]:
        negative_elbo = loss(model, laid_out(x)).mean()
        optimizer.zero_grad()
        negative_elbo.backward()
        optimizer.step()
        return {"loss": negative_elbo}

    return step


def gan_step(model: Halves) -> Step:
    """One step of both players, as the recipe plays it."""
    optimizers = [
        Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True, **capturable(net))
        for net in (model.first, model.second)
    ]

    def step(x: Tensor) -> dict[str, Tensor]:
        z = torch.randn(len(x), model.latent, device=x.device)
        d_loss, g_loss = update(model.first, model.second, optimizers, laid_out(2 * x - 1), z)
        return {"D": d_loss, "loss": g_loss}

    return step


def laid_out(x: Tensor) -> Tensor:
    """Images with their channels last, as convolutions like them; flat data as they are."""
    return x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 else x


def capturable(network: nn.Module) -> dict[str, bool]:
    """On a GPU, Adam keeps its count of steps there, so that a graph can replay it."""
    return {"capturable": True} if next(network.parameters()).is_cuda else {}


@dataclass(frozen=True)
class Case:
    """A model with its data: `images` per epoch of the clock, `target` in nats on test data."""

    build: Callable[[], Halves]
    step: Callable[[Halves], Step]
    size: int
    images: int
    epochs: int
    data: Callable[[int], Tensor]
    test: Callable[[], Tensor]
    loss: Callable[[Halves, Tensor], Tensor] | None = None
    pixels: str = ""
    target: float = float("nan")

    def at_hand(self, device: torch.device) -> Halves:
        """The model, laid out for its device."""
        model = self.build().to(device)
        flat = self.pixels == "bce"
        return model if flat else model.to(memory_format=torch.channels_last)

    def score(self, model: Halves) -> float:
        """Mean negative ELBO of the test data in nats; noise has a generator of its own seed."""
        if self.loss is None:
            return float("nan")
        device, training = next(model.parameters()).device, model.training
        x = self.test().to(device) / 255
        with torch.no_grad(), torch.random.fork_rng():
            torch.manual_seed(0)
            losses = [self.loss(model.eval(), laid_out(part)) for part in x.split(500)]
        model.train(training)

        return torch.cat(losses).mean().item()


def digits(count: int) -> Tensor:
    """Training digits, flat bytes."""
    return mnist().x_train[:count].flatten(1)


CASES = {
    "vae": Case(
        build=digit_vae,
        step=lambda model: vae_step(model, digit_loss),
        size=128,
        images=60_000,
        epochs=8,
        data=digits,
        test=lambda: mnist().x_test.flatten(1),
        loss=digit_loss,
        pixels="bce",
        target=110.0,
    ),
    "dcgan": Case(
        build=dcgan,
        step=gan_step,
        size=64,
        images=6_400,
        epochs=3,
        data=lambda count: mnist().x_train[:count],
        test=lambda: mnist().x_test,
    ),
    "faces": Case(
        build=faces_vae,
        step=lambda model: vae_step(model, faces_loss),
        size=32,
        images=1_280,
        epochs=6,
        data=lambda count: faces(count, seed=1).x,
        test=lambda: faces(500, seed=2).x,
        loss=faces_loss,
        pixels="mse",
        target=160.0,
    ),
}
