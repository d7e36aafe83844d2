"""The models of the course, one file a family; each returns distributions."""

from course_utils.models.plane import equal_mass_positions, plane_grid
from course_utils.models.vae import VAE, GaussianVAE, LatentModel, face_vae

__all__ = [
    "VAE",
    "GaussianVAE",
    "LatentModel",
    "equal_mass_positions",
    "face_vae",
    "plane_grid",
]
