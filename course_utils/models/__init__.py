"""The models of the course, one file a family; each returns distributions."""

from course_utils.models.vae import VAE, GaussianVAE, LatentModel, face_vae

__all__ = ["VAE", "GaussianVAE", "LatentModel", "face_vae"]
