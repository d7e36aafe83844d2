"""The models of the course, one file a family; each returns distributions."""

from course_utils.models.vae import VAE, GaussianVAE, LatentModel, conv_vae

__all__ = ["VAE", "GaussianVAE", "LatentModel", "conv_vae"]
