"""The checks of notebook 12."""

import torch

from course_utils.checks.framework import FunctionCheck, Mistake, NumberCheck
from course_utils.models.gan import analogy as reference_analogy
from course_utils.nn import transposed_size as reference_size
from course_utils.types import Latent, OtherLatent, Sizes, ThirdLatent, Vector

SIZES = torch.tensor([1.0, 3.0, 7.0, 14.0])


def size_of_the_convolution(size: Sizes, kernel: int, stride: int, padding: int) -> Sizes:
    """The way down."""
    return (size + 2 * padding - kernel) // stride + 1


def times_the_stride(size: Sizes, kernel: int, stride: int, padding: int) -> Sizes:
    """What the usual settings give."""
    return size * stride


def one_stamp_too_many(size: Sizes, kernel: int, stride: int, padding: int) -> Sizes:
    """Counts steps as if there were one for each stamp."""
    return size * stride + kernel - 2 * padding


def padding_added(size: Sizes, kernel: int, stride: int, padding: int) -> Sizes:
    """The padding with the sign that it has on the way down."""
    return (size - 1) * stride + kernel + 2 * padding


def padding_once(size: Sizes, kernel: int, stride: int, padding: int) -> Sizes:
    """One of the two ends."""
    return (size - 1) * stride + kernel - padding


def no_padding(size: Sizes, kernel: int, stride: int, padding: int) -> Sizes:
    """The canvas before it is cut."""
    return (size - 1) * stride + kernel


transposed_size = FunctionCheck(
    "12.1",
    reference_size,
    cases={
        "kernel 4, stride 2, padding 1": lambda: (SIZES.clone(), 4, 2, 1),
        "kernel 7, stride 1, padding 0": lambda: (SIZES.clone(), 7, 1, 0),
        "kernel 5, stride 3, padding 2": lambda: (SIZES.clone(), 5, 3, 2),
    },
    mistakes=(
        Mistake(size_of_the_convolution, "that is the way down; solve it for the size before."),
        Mistake(times_the_stride, "true for kernel 4, stride 2, padding 1. And for kernel 7?"),
        Mistake(one_stamp_too_many, "between n stamps lie how many steps?"),
        Mistake(padding_added, "on the way down padding widens the image. And on the way back?"),
        Mistake(padding_once, "an edge has two ends."),
        Mistake(no_padding, "that is the whole canvas; what is cut off?"),
    ),
)


kernel_of_five = NumberCheck(
    "12.2",
    2.25,
    tolerance=0.005,
    lesson="Three stamps or two along each axis: nine or four in the plane.",
    mistakes=(
        Mistake(1.5, "that is along one axis; a pixel lies in a column and in a row."),
        Mistake(4.0, "that is for kernel 3: 2 · 2 stamps against 1 · 1."),
        Mistake(1.0, "equal counts need a kernel that the stride divides. Does 2 divide 5?"),
        Mistake(6.25, "(5/2)² is the mean number of stamps. How many do two neighbours get?"),
        Mistake(4 / 9, "the most covered over the least: turn it round."),
        Mistake(2 / 3, "turn it round, and count both axes."),
        Mistake(9.0, "that is the most; divide by the least."),
    ),
)


def women_and_men(count: int) -> tuple[Latent, OtherLatent, ThirdLatent]:
    """Three concepts with `count` codes each, in five latents, all different."""
    codes = torch.linspace(0, 7, 15 * count).sin().reshape(3, count, 5)
    return codes[0].clone(), codes[1] + 1, 2 * codes[2]


def uneven() -> tuple[Latent, OtherLatent, ThirdLatent]:
    """Two, three and four codes."""
    a, b, c = women_and_men(4)
    return a[:2], b[:3], c


def first_of_each(a: Latent, b: OtherLatent, c: ThirdLatent) -> Vector:
    """One code for each concept."""
    return a[0] - b[0] + c[0]


def sums(a: Latent, b: OtherLatent, c: ThirdLatent) -> Vector:
    """Sums in place of means."""
    return a.sum(dim=0) - b.sum(dim=0) + c.sum(dim=0)


def added_all(a: Latent, b: OtherLatent, c: ThirdLatent) -> Vector:
    """A + B + C."""
    return a.mean(dim=0) + b.mean(dim=0) + c.mean(dim=0)


def subtracted_the_third(a: Latent, b: OtherLatent, c: ThirdLatent) -> Vector:
    """A + B − C."""
    return a.mean(dim=0) + b.mean(dim=0) - c.mean(dim=0)


def difference_only(a: Latent, b: OtherLatent, c: ThirdLatent) -> Vector:
    """The direction, added to nothing."""
    return a.mean(dim=0) - b.mean(dim=0)


def mean_over_latents(a: Latent, b: OtherLatent, c: ThirdLatent) -> Vector:
    """One number for each picture."""
    return a.mean(dim=1) - b.mean(dim=1) + c.mean(dim=1)


def not_averaged(a: Latent, b: OtherLatent, c: ThirdLatent) -> Latent:
    """One result for each triple."""
    return a - b + c


analogy = FunctionCheck(
    "12.3",
    reference_analogy,
    cases={
        "three codes each": lambda: women_and_men(3),
        "one code each": lambda: women_and_men(1),
        "two, three and four codes": uneven,
    },
    mistakes=(
        Mistake(first_of_each, "one picture has accidents: use all codes of a concept."),
        Mistake(sums, "with more codes yours moves further away: means, not sums."),
        Mistake(added_all, "the middle concept has to be taken away."),
        Mistake(subtracted_the_third, "which concept is taken away, the second or the third?"),
        Mistake(difference_only, "the difference is a direction. From where do you go along it?"),
        Mistake(mean_over_latents, "average over the pictures, and keep the latents apart."),
        Mistake(not_averaged, "average within each concept first; the result is a single code."),
    ),
)
