"""Drawn 64x64 colour faces whose factors are known: a stand-in for CelebA that needs no download.

    faces(n).x = render(faces(n).attributes)

39 factors, from skin tone to head turn, make a picture; continuous ones change it continuously,
choices in steps. Labels that are 0 or 1 follow from them and have CelebA's names, so that what
is written for `celeba()` runs here too.
"""

from concurrent.futures import ThreadPoolExecutor

import torch

from course_utils.data.photos import Faces
from course_utils.data.portrait.drawing import SIDE
from course_utils.data.portrait.factors import FACTORS, NAMES, sample_attributes
from course_utils.data.portrait.layers import draw
from course_utils.data.portrait.words import LABELS, captions, labels
from course_utils.types import Flat, RawImages

CHUNK = 32  # faces drawn at once by a thread: what they need stays in its cache


def faces(n: int, seed: int = 0) -> Faces:
    """`n` random faces with their factors, labels and captions.

    The same seed gives the same faces, and the first ones do not depend on `n`.

    Args:
        n: How many.
        seed: Of the generator that draws the factors; the drawing itself is not random.

    Returns:
        Faces whose `attributes` are the 39 factors, in the ranges that `FACTORS` states, then
        19 labels of 0 or 1 with CelebA's names, such as 'Smiling' and 'Eyeglasses'.

    Raises:
        ValueError: `n` is negative, or one of the two no whole number.

    Example:
        >>> some = faces(3, seed=1)
        >>> some.x.shape, some.attribute("Smiling").tolist()
        (torch.Size([3, 3, 64, 64]), [1.0, 1.0, 0.0])
    """
    factors = sample_attributes(n, seed)
    attributes = torch.cat([factors, labels(factors)], dim=1)

    return Faces(render(factors), attributes, (*NAMES, *LABELS), captions(factors))


def render(attributes: Flat) -> RawImages:
    """Draw the faces of these rows of attributes.

    Args:
        attributes: The factors in the order of `FACTORS`, shape (n, 39). Choices are rounded, and
            further columns, such as the labels of `faces`, do not matter.

    Returns:
        Pictures, shape (n, 3, 64, 64), on the CPU. Chunks of 32 faces are drawn on as many
        threads as torch uses; how they are cut does not change the pictures.

    Raises:
        ValueError: A row is too short, or a factor outside of its range or not a number.
    """
    if attributes.ndim != 2 or attributes.shape[1] < len(FACTORS):
        shape = tuple(attributes.shape)
        raise ValueError(f"attributes: expected shape (n, {len(FACTORS)}) or wider, got {shape}")
    rows = attributes[:, : len(FACTORS)].detach().float().cpu()
    for factor, column in zip(FACTORS, rows.T):
        outside = column[~((column >= factor.low - 1e-4) & (column <= factor.high + 1e-4))]
        if len(outside):
            wanted = f"{factor.low:g} to {factor.high:g} ({factor.meaning})"
            raise ValueError(f"{factor.name}: expected {wanted}, got {outside[0].item():g}")
    whole = [index for index, factor in enumerate(FACTORS) if factor.choices]
    rows[:, whole] = rows[:, whole].round()

    x = torch.empty(len(rows), 3, SIDE, SIDE, dtype=torch.uint8)

    def fill(start: int) -> None:
        with torch.no_grad():
            drawn = draw(rows[start : start + CHUNK])
            x[start : start + CHUNK] = drawn.clamp_(0, 1).mul_(255).round_().byte()

    # A thread for each chunk beats threads within an operation, which are too short to share.
    threads = torch.get_num_threads()
    with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        list(pool.map(fill, range(0, len(rows), CHUNK)))
    torch.set_num_threads(threads)  # a worker's setting is what threads begun later would take

    return x
