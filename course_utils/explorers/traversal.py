"""A generator's latent space along named directions, and sums of named codes."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import traitlets
from torch import Tensor, nn

from course_utils.explorers.arguments import finite, numbers
from course_utils.explorers.base import Explorer, shown
from course_utils.explorers.codes import as_bytes
from course_utils.explorers.decoding import Eye
from course_utils.explorers.page import joined
from course_utils.explorers.poster import Poster
from course_utils.types import Latent, Vector

SLIDERS = 16  # directions at most
STRIP = 9  # images along a direction
TERMS = 3  # A − B + C


class TraversalExplorer(Explorer):
    """Push a code along named directions, and add and subtract named codes.

        x = G(z + Σᵢ amountᵢ · directionᵢ),    G(A − B + C)

    The generator's weights travel to the page, and every image is computed there; it must be an
    `nn.Sequential` of the layers that `program` knows. The explorer keeps a copy of it.

    Args:
        generator: Maps z of shape (batch, latent) to images, as rows of grey square pixels or as
            (batch, channel, height, width).
        directions: One to 16 vectors of shape (latent,) by name, each moved along by a slider; the
            first coordinates of z when missing.
        codes: Three or more codes of shape (latent,) by name, from which A, B and C are picked;
            none: no arithmetic.
        terms: Names of A, B and C at the start; the first three when missing.
        z: Where to begin, one number per latent; at the origin when missing.
        latent: Size of z where nothing else says it.
        reach: Each slider runs from -reach to reach.
        shape: (channel, height, width) where the generator's output does not say.
        value_range: Values drawn as 0 and 1, by default those of a tanh.
        dtype: Type in which weights travel, `torch.float16` or `torch.float32`.
        task: What to try, shown above.

    Raises:
        ValueError: An argument does not fit; the message says what was expected and what came.

    Example:
        >>> generator = nn.Sequential(nn.Linear(4, 784), nn.Tanh())
        >>> explorer = TraversalExplorer(generator, directions={"bold": torch.ones(4)})
        >>> explorer.amounts = [2.0]
        >>> explorer.code.tolist()
        [2.0, 2.0, 2.0, 2.0]
    """

    _esm = joined("traversal")

    z = shown(traitlets.List(traitlets.Float()))
    """The code that the sliders start from, one number per latent."""
    amounts = shown(traitlets.List(traitlets.Float()))
    """How far the code is pushed along each direction."""
    active = shown(traitlets.Int())
    """Index of the direction that the strip shows."""
    terms = shown(traitlets.List(traitlets.Int()))
    """Indices of A, B and C among the codes; empty where there are none."""
    generator = shown(traitlets.Dict())
    names = shown(traitlets.List(traitlets.Unicode()))
    vectors = shown(traitlets.Bytes())
    code_names = shown(traitlets.List(traitlets.Unicode()))
    code_vectors = shown(traitlets.Bytes())
    reach = shown(traitlets.Float())

    def __init__(
        self,
        generator: nn.Module,
        *,
        directions: Mapping[str, Vector] | None = None,
        codes: Mapping[str, Vector] | None = None,
        terms: Sequence[str] | None = None,
        z: Sequence[float] | Tensor | None = None,
        latent: int | None = None,
        reach: float = 3.0,
        shape: tuple[int, int, int] | None = None,
        value_range: tuple[float, float] = (-1.0, 1.0),
        dtype: torch.dtype = torch.float16,
        task: str = "Move a slider. What changes besides the thing that it is named after?",
    ) -> None:
        given = [*(directions or {}).values(), *(codes or {}).values(), *([] if z is None else [z])]
        latent = latent or (len(given[0]) if given else 2)
        if directions is None:
            axes = torch.eye(latent)[:SLIDERS]
            directions = {f"z{i + 1}": axis for i, axis in enumerate(axes)}
        if not 1 <= len(directions) <= SLIDERS:
            raise ValueError(f"directions: expected 1 to {SLIDERS}, got {len(directions)}")
        if codes is not None and len(codes) < TERMS:
            raise ValueError(f"codes: expected at least {TERMS} by name, got {len(codes)}")
        if not reach > 0:
            raise ValueError(f"reach: expected a positive number, got {reach}")

        self.directions = stacked("directions", directions, latent)
        self.codes = stacked("codes", codes or {}, latent)
        names = list(codes or {})
        chosen = names[:TERMS] if terms is None else list(terms)
        if not set(chosen) <= set(names) or len(chosen) not in (0, TERMS):
            raise ValueError(f"terms: expected {TERMS} of {names}, got {chosen}")
        start = numbers("z", torch.zeros(latent) if z is None else z, count=latent)
        self.eye = Eye(
            generator,
            latent=latent,
            where="browser",
            dtype=dtype,
            shape=shape,
            value_range=value_range,
        )
        self.eye.check_range(torch.tensor([start]))
        super().__init__(
            z=start,
            amounts=[0.0] * len(directions),
            terms=[names.index(name) for name in chosen],
            generator=self.eye.page(),
            names=[str(name) for name in directions],
            vectors=as_bytes(self.directions, "<f4"),
            code_names=[str(name) for name in names],
            code_vectors=as_bytes(self.codes, "<f4"),
            reach=float(reach),
            task=task,
        )

    @traitlets.validate("z")
    def _check_z(self, proposal: dict) -> list[float]:
        return numbers("z", proposal["value"], count=self.directions.shape[1])

    @traitlets.validate("amounts")
    def _check_amounts(self, proposal: dict) -> list[float]:
        return numbers("amounts", proposal["value"], count=len(self.directions))

    @traitlets.validate("active")
    def _check_active(self, proposal: dict) -> int:
        if not 0 <= proposal["value"] < len(self.directions):
            count = len(self.directions)
            raise ValueError(f"active: expected an index below {count}, got {proposal['value']}")
        return proposal["value"]

    @traitlets.validate("terms")
    def _check_terms(self, proposal: dict) -> list[int]:
        terms, count = list(proposal["value"]), len(self.codes)
        if len(terms) != (TERMS if count else 0) or not all(0 <= term < count for term in terms):
            raise ValueError(f"terms: expected {TERMS} indices below {count}, got {terms}")
        return terms

    @property
    def code(self) -> Vector:
        """The code that is shown: z with the sliders' amounts added."""
        return torch.tensor(self.z) + torch.tensor(self.amounts) @ self.directions

    @property
    def image(self) -> np.ndarray:
        """The image at `code` as uint8: (height, width) if grey, else (height, width, 3)."""
        return self.seen(self.code)

    @property
    def answer(self) -> np.ndarray:
        """The image at A − B + C.

        Raises:
            ValueError: There are no codes.
        """
        if not self.terms:
            raise ValueError("answer: expected codes to add, got none")
        return self.seen(self.sum_of_terms)

    @property
    def sum_of_terms(self) -> Vector:
        """A − B + C, shape (latent,)."""
        a, b, c = self.codes[self.terms]
        return a - b + c

    def seen(self, code: Vector) -> np.ndarray:
        """One decoded image."""
        image = self.eye.decode(code[None])[0]
        return image[..., 0] if image.shape[2] == 1 else image

    def along(self, index: int) -> Latent:
        """Codes along a direction, from -reach to reach, the other sliders as they are."""
        amounts = torch.tensor([self.amounts] * STRIP)
        amounts[:, index] = torch.linspace(-self.reach, self.reach, STRIP)

        return torch.tensor(self.z) + amounts @ self.directions

    def describe(self) -> str:
        """One sentence that stands for the explorer where it cannot be seen."""
        channels, height, width = self.eye.shape
        kind = "colour" if channels == 3 else "grey"
        names = ", ".join(self.names[:6]) + (", …" if len(self.names) > 6 else "")
        sums = f", and sums of {len(self.codes)} named codes" if len(self.codes) else ""

        return (
            f"Traversal explorer: the {kind} {height}x{width} image of a code of {len(self.z)} "
            f"latents, sliders for {names}{sums}."
        )

    def poster(self) -> bytes:
        """Images along the first directions, and the sum of the chosen codes."""
        rows, size, left = min(5, len(self.names)), 56, 128
        poster = Poster(640, rows * (size + 6) + 16 + (130 if self.terms else 0))
        for i, name in enumerate(self.names[:rows]):
            top = 8 + i * (size + 6)
            poster.text(left - 10, top + size / 2, name, anchor="rm")
            for j, pixels in enumerate(self.painted(self.along(i))):
                poster.picture(left + j * size, top, pixels, size)
        if self.terms:
            top = rows * (size + 6) + 20
            codes = torch.cat([self.codes[self.terms], self.sum_of_terms[None]])
            words = [self.code_names[term] for term in self.terms] + ["the sum"]
            for j, (pixels, word) in enumerate(zip(self.painted(codes), words)):
                x = 24 + j * 156
                poster.picture(x + 20, top, pixels, 88)
                poster.text(x, top + 44, " -+="[j], size=20, anchor="mm")
                poster.text(x + 64, top + 102, word, anchor="mm", size=11)

        return poster.png()

    def painted(self, codes: Latent) -> np.ndarray:
        """Images with three channels; one channel as ink on paper."""
        images = self.eye.decode(codes)
        return 255 - images.repeat(3, axis=3) if images.shape[3] == 1 else images


def stacked(name: str, vectors: Mapping[str, Vector], latent: int) -> Latent:
    """Named vectors as rows.

    Raises:
        ValueError: One is no finite vector of that length.
    """
    rows = [
        finite(f"{name}[{key!r}]", vector, shape=(latent,)).float()
        for key, vector in vectors.items()
    ]

    return torch.stack(rows) if rows else torch.zeros(0, latent)
