"""Data sets as tensors: the real MNIST in the package, yours from disk, faces drawn to order."""

from course_utils.data.digits import Dataset, binarise, fashion_mnist, mnist
from course_utils.data.faces import faces
from course_utils.data.photos import Faces, celeba

__all__ = ["Dataset", "Faces", "binarise", "celeba", "faces", "fashion_mnist", "mnist"]
