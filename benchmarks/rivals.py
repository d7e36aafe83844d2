"""Two libraries as their documentation shows them: pythae and Lightning (`pip install` both).

Both get their data as tensors in memory and no worker: that is their fastest way on two cores.
"""

import contextlib
import io
import logging
import tempfile
import warnings

import torch
from cases import Case
from clock import Clock
from torch import Tensor, nn
from torch.optim import Adam
from torch.utils.data import DataLoader, TensorDataset

from course_utils import objectives


def pythae(case: Case, device: torch.device, clock: Clock) -> None:
    """pythae's VAE with our networks, and the inner loop of its trainer."""
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    logging.disable(logging.INFO)
    halves = case.build()

    class Encoder(BaseEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.net = halves.first

        def forward(self, x: Tensor) -> ModelOutput:
            mu, logvar = self.net(x).chunk(2, dim=1)
            return ModelOutput(embedding=mu, log_covariance=logvar)

    class Decoder(BaseDecoder):
        def __init__(self) -> None:
            super().__init__()
            self.net = halves.second

        def forward(self, z: Tensor) -> ModelOutput:
            out = self.net(z)
            return ModelOutput(reconstruction=out.sigmoid() if case.pixels == "bce" else out)

    x = case.data(case.images) / 255
    config = VAEConfig(tuple(x.shape[1:]), halves.latent, reconstruction_loss=case.pixels)
    with tempfile.TemporaryDirectory() as folder:
        trainer = BaseTrainer(
            VAE(config, Encoder(), Decoder()),
            BaseDataset(x, torch.zeros(len(x))),
            training_config=BaseTrainerConfig(
                output_dir=folder,
                num_epochs=case.epochs,
                learning_rate=1e-3,
                per_device_train_batch_size=case.size,
            ),
        )
        trainer.prepare_training()
        epoch, going = 1, True
        while going:
            clock.start()
            with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
                trainer.train_step(epoch)
            going, epoch = clock.stop(halves), epoch + 1


def lightning(case: Case, device: torch.device, clock: Clock) -> None:
    """Lightning's Trainer with checkpoints, logger and bar switched off."""
    import lightning as pl

    logging.getLogger("lightning").setLevel(logging.ERROR)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    halves = case.build()

    class Vae(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.halves = halves

        def training_step(self, batch: list[Tensor], index: int) -> Tensor:
            return case.loss(self.halves, batch[0]).mean()

        def configure_optimizers(self) -> Adam:
            return Adam(self.parameters(), lr=1e-3)

    class Gan(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.halves = halves
            self.automatic_optimization = False

        def training_step(self, batch: list[Tensor], index: int) -> None:
            g_optimizer, d_optimizer = self.optimizers()
            x = 2 * batch[0] - 1
            x_fake = halves.first(torch.randn(len(x), halves.latent, device=x.device))
            self.toggle_optimizer(d_optimizer)
            d_loss = objectives.discriminator_loss(halves.second(x), halves.second(x_fake.detach()))
            d_optimizer.zero_grad()
            self.manual_backward(d_loss)
            d_optimizer.step()
            self.untoggle_optimizer(d_optimizer)
            self.toggle_optimizer(g_optimizer)
            g_loss = objectives.non_saturating_generator_loss(halves.second(x_fake)).mean()
            g_optimizer.zero_grad()
            self.manual_backward(g_loss)
            g_optimizer.step()
            self.untoggle_optimizer(g_optimizer)

        def configure_optimizers(self) -> list[Adam]:
            return [
                Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999))
                for net in (halves.first, halves.second)
            ]

    class Watch(pl.Callback):
        def on_train_epoch_start(self, trainer: pl.Trainer, module: nn.Module) -> None:
            clock.start()

        def on_train_epoch_end(self, trainer: pl.Trainer, module: nn.Module) -> None:
            trainer.should_stop = not clock.stop(halves)

    loader = DataLoader(
        TensorDataset(case.data(case.images) / 255), batch_size=case.size, shuffle=True
    )
    trainer = pl.Trainer(
        max_epochs=case.epochs,
        accelerator="gpu" if device.type == "cuda" else "cpu",
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[Watch()],
    )
    trainer.fit(Gan() if case.loss is None else Vae(), loader)
