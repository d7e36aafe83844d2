"""What all explorers share: a view, a poster, a page, and state that Python sees."""

import base64
from typing import Any, TypeVar

import anywidget
import traitlets

from course_utils.explorers.page import fragment

Trait = TypeVar("Trait", bound=traitlets.TraitType)


def shown(trait: Trait) -> Trait:
    """Mark a trait as part of what the page sees, live and exported."""
    return trait.tag(sync=True, page=True)


class Explorer(anywidget.AnyWidget):
    """An instrument in the notebook that Python can read, set and observe.

    A subclass sets `_esm` and implements `describe` and `poster`. In a live notebook its output is
    the view, a poster and a sentence; what is stored without the view is the same every time.
    """

    _ipython_display_ = None  # ipywidgets 7 would otherwise show the view without poster and text

    task = shown(traitlets.Unicode())
    """What to try, in a sentence above the explorer."""

    def describe(self) -> str:
        """One sentence that stands for the explorer where it cannot be seen."""
        raise NotImplementedError

    def poster(self) -> bytes:
        """A still picture as PNG, the same for the same explorer."""
        raise NotImplementedError

    def page_state(self) -> dict[str, Any]:
        """What the view needs to run without Python: plain values, and bytes for arrays."""
        return {name: getattr(self, name) for name in self.traits(page=True)}

    def to_html(self) -> str:
        """A fragment of HTML that runs in any page, without kernel or network.

        It holds the same module as the live view. The same explorer always gives the same text.
        """
        return fragment(
            str(self._esm), self.page_state(), poster=self.poster(), alt=self.describe()
        )

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict, dict]:
        bundle = super()._repr_mimebundle_(**options) or ({}, {})
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        sentence = self.describe()
        poster = base64.b64encode(self.poster()).decode()

        return (
            {**data, "text/plain": sentence, "image/png": poster},
            {**metadata, "image/png": {"alt": sentence}},
        )

    def __repr__(self) -> str:
        return f"<{self.describe()}>"
