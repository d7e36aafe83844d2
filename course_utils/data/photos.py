"""CelebA, read from the user's own copy: 64x64 colour faces with 40 named attributes.

Source:
    Liu, Luo, Wang & Tang (2015), "Deep Learning Face Attributes in the Wild".
    https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html (non-commercial research only)
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from course_utils.types import RawImage, RawImages

SPLITS = ("train", "valid", "test")
LAYOUT = ("img_align_celeba", "list_attr_celeba.txt", "list_eval_partition.txt")
HELP = """CelebA is not in {folder}: {missing} not found.
Get "Align&Cropped Images", the attribute annotations and the evaluation partition from
https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html and lay them out like this:
  {folder}/img_align_celeba/000001.jpg ...
  {folder}/list_attr_celeba.txt
  {folder}/list_eval_partition.txt"""


class Faces(NamedTuple):
    """Colour faces as stored, with what is known of each.

    `x` is uint8 of shape (n, 3, 64, 64); `attributes` holds one row of numbers per face, its
    columns named by `names`; `captions` says the same in words.
    """

    x: RawImages
    attributes: Tensor
    names: tuple[str, ...]
    captions: tuple[str, ...]

    def attribute(self, name: str) -> Tensor:
        """One attribute of every face, shape (n,).

        Raises:
            KeyError: There is no attribute of that name.
        """
        if name not in self.names:
            raise KeyError(f"expected one of {', '.join(self.names)}, got {name}")

        return self.attributes[:, self.names.index(name)]


def celeba(
    n: int | None = None, *, folder: str | Path = "celeba", split: str = "train", side: int = 64
) -> Faces:
    """The first `n` faces of a split, cropped to the face and reduced to `side` pixels.

    The crop is the central 148x148 of the aligned 178x218 image, as in most papers on VAEs.

    Args:
        n: How many; all of them when missing.
        folder: Where your copy is laid out.
        split: 'train', 'valid' or 'test', by the official partition.
        side: Side of the returned square images.

    Returns:
        Faces with attributes 0 or 1.

    Raises:
        FileNotFoundError: The copy is missing or incomplete; the message says where to get it.
        ValueError: The split is unknown, or a file is damaged; the message names it.
    """
    if split not in SPLITS:
        raise ValueError(f"split: expected one of {', '.join(SPLITS)}, got {split}")
    folder = Path(folder)
    missing = [name for name in LAYOUT if not (folder / name).exists()]
    if missing:
        raise FileNotFoundError(HELP.format(folder=folder.resolve(), missing=", ".join(missing)))

    names, table = read_attributes(folder / "list_attr_celeba.txt")
    parts = read_partition(folder / "list_eval_partition.txt")
    files = [file for file in table if parts.get(file) == SPLITS.index(split)][:n]
    if not files:
        raise ValueError(f"{folder}: no image of the split {split} in the two lists")

    images = [read_face(folder / "img_align_celeba" / file, side) for file in files]
    attributes = torch.tensor([table[file] for file in files], dtype=torch.float32)
    captions = tuple(caption(names, table[file]) for file in files)

    return Faces(torch.stack(images), attributes, names, captions)


def read_attributes(path: Path) -> tuple[tuple[str, ...], dict[str, list[int]]]:
    """Names of the attributes, and for each file 0 or 1 per attribute.

    Raises:
        ValueError: The names are missing, or a line does not have one ±1 per attribute.
    """
    lines = path.read_text(errors="replace").splitlines()
    names = tuple(" ".join(lines[1:2]).split())
    if not names:
        raise ValueError(f"{path}, line 2: expected the names of the attributes")

    table = {}
    for number, line in enumerate(lines[2:], start=3):
        file, *values = line.split() or [""]
        if len(values) != len(names) or not set(values) <= {"1", "-1"}:
            raise ValueError(f"{path}, line {number}: expected {len(names)} values of 1 or -1")
        table[file] = [int(value == "1") for value in values]

    return names, table


def read_partition(path: Path) -> dict[str, int]:
    """The official split of each file: 0 train, 1 valid, 2 test.

    Raises:
        ValueError: A line is no file name with 0, 1 or 2.
    """
    parts = {}
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
        fields = line.split()
        if len(fields) != 2 or fields[1] not in ("0", "1", "2"):
            raise ValueError(f"{path}, line {number}: expected a file name and 0, 1 or 2")
        parts[fields[0]] = int(fields[1])

    return parts


def read_face(path: Path, side: int) -> RawImage:
    """One photograph, cropped and reduced, as uint8 of shape (3, side, side).

    Raises:
        ValueError: The file is damaged, missing, or no aligned CelebA image.
    """
    try:
        with Image.open(path) as photo:
            if photo.size != (178, 218):
                raise ValueError(f"expected 178x218 pixels, got {photo.size[0]}x{photo.size[1]}")
            face = photo.convert("RGB").crop((15, 35, 163, 183))
            small = face.resize((side, side), Image.Resampling.LANCZOS)
    except (OSError, UnidentifiedImageError, ValueError) as error:
        raise ValueError(f"{path}: damaged or no CelebA image ({error})") from error

    return torch.from_numpy(np.array(small)).permute(2, 0, 1)


def caption(names: tuple[str, ...], values: list[int]) -> str:
    """The attributes that hold, in words.

    Example:
        >>> caption(("Eyeglasses", "Smiling", "Wearing_Hat"), [1, 1, 0])
        'a face: eyeglasses, smiling'
    """
    present = [name.lower().replace("_", " ") for name, value in zip(names, values) if value]

    return "a face: " + (", ".join(present) or "no attribute marked")
