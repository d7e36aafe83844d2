"""Derivations that run: every line is evaluated on a model where the truth is known.

A derivation is a list of lines. Each has its formula, the reason for the step, and a function that
computes the formula's value on a model. Running it compares each line with the one before; a line
that does not hold raises `DerivationError`. What a reader sees and what is evaluated come from the
same place.

    >>> square = Derivation(
    ...     Line("(a + b)^2", "what we want", lambda m: (m.a + m.b) ** 2),
    ...     Line("a^2 + 2ab + b^2", "multiply out", lambda m: m.a**2 + 2 * m.a * m.b + m.b**2),
    ...     Line("2 a^2 + 2 b^2", "(a − b)² ≥ 0", lambda m: 2 * m.a**2 + 2 * m.b**2, "≤"),
    ... )
    >>> from types import SimpleNamespace
    >>> square.run(SimpleNamespace(a=1.0, b=3.0))
    1    (a + b)^2        16    what we want
    2  = a^2 + 2ab + b^2  16 ✓  multiply out
    3  ≤ 2 a^2 + 2 b^2    20 ✓  (a − b)² ≥ 0 (gap 4)
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from torch import Tensor

from course_utils.types import Estimate

Relation = Literal["=", "≤", "≥"]
Value = float | Tensor | Estimate


class DerivationError(AssertionError):
    """A line of a derivation does not hold on the model."""


@dataclass(frozen=True)
class Line:
    """One line of a derivation.

    Args:
        latex: The formula, without the relation sign in front of it.
        reason: Why it follows from the line before.
        value: Computes the formula on a model: a number, or an `Estimate` by Monte Carlo.
        relation: How the line before relates to this one: equal, at most, at least.
    """

    latex: str
    reason: str
    value: Callable[[Any], Value]
    relation: Relation = "="


@dataclass(frozen=True)
class Row:
    """A line that was evaluated: its value, and the gap to the line before it."""

    number: int
    line: Line
    value: float | Estimate
    gap: float

    @property
    def sign(self) -> str:
        """The relation, blank on the first line."""
        return "" if self.number == 1 else self.line.relation

    @property
    def tick(self) -> str:
        """What was verified: nothing yet on the first line."""
        return "" if self.number == 1 else "✓"

    @property
    def note(self) -> str:
        """The reason; for an inequality with the gap."""
        if self.sign in ("", "="):
            return self.line.reason
        return f"{self.line.reason} (gap {self.gap:.4g})"


class Derivation:
    """A chain of lines, each compared with the one before it.

    Equal lines may differ by `tolerance`, relative to the larger value or absolute below 1. Where a
    line is an `Estimate`, they may differ by `errors` standard errors instead.

    Args:
        lines: At least two; the first one's relation is not used.
        tolerance: Largest allowed difference of equal lines.
        errors: The same for Monte Carlo, in standard errors.

    Raises:
        ValueError: There are fewer than two lines.
    """

    def __init__(self, *lines: Line, tolerance: float = 1e-6, errors: float = 4.0) -> None:
        if len(lines) < 2:
            raise ValueError(f"lines: expected at least 2, got {len(lines)}")

        self.lines = lines
        self.tolerance = tolerance
        self.errors = errors

    def run(self, model: Any) -> "Verified":
        """Evaluate every line on the model.

        Raises:
            DerivationError: A line does not hold, or is not finite; the message names it.
        """
        rows: list[Row] = []
        for number, line in enumerate(self.lines, start=1):
            raw = line.value(model)
            exact = raw.detach() if isinstance(raw, Tensor) else raw
            value = exact if isinstance(exact, Estimate) else float(exact)
            if not math.isfinite(mean(value)):
                raise DerivationError(f"line {number}, {line.latex}: its value is {mean(value)}")
            gap = mean(value) - mean(rows[-1].value) if rows else 0.0
            if rows:
                self.compare(number, line, rows[-1].value, value)
            rows.append(Row(number, line, value, abs(gap)))

        return Verified(rows)

    def compare(
        self, number: int, line: Line, before: float | Estimate, value: float | Estimate
    ) -> None:
        """Raise `DerivationError` unless the line before stands in the line's relation to it."""
        slack = self.slack(before, value)
        gap = mean(value) - mean(before)
        holds = {"=": abs(gap) <= slack, "≤": gap >= -slack, "≥": gap <= slack}[line.relation]

        if not holds:
            raise DerivationError(
                f"line {number} does not hold ({line.reason}): expected "
                f"{mean(before):.8g} {line.relation} {line.latex}, "
                f"got {mean(value):.8g}; tolerance {slack:.2g}"
            )

    def slack(self, before: float | Estimate, value: float | Estimate) -> float:
        """The difference that still counts as none."""
        spread = math.hypot(standard_error(before), standard_error(value))
        if spread > 0:
            return self.errors * spread

        return self.tolerance * max(1.0, abs(mean(before)), abs(mean(value)))


def mean(value: float | Estimate) -> float:
    """The number itself."""
    return value.value if isinstance(value, Estimate) else value


def standard_error(value: float | Estimate) -> float:
    """How far a number is off by chance: 0 for an exact one."""
    return value.standard_error if isinstance(value, Estimate) else 0.0


class Verified:
    """A derivation whose lines all held: a table in a notebook, plain text elsewhere."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows

    def __repr__(self) -> str:
        cells = [
            (str(row.number), row.sign, row.line.latex, shown(row.value), row.tick, row.note)
            for row in self.rows
        ]
        wide = [max(len(row[column]) for row in cells) for column in range(5)]
        return "\n".join(
            f"{number:>{wide[0]}}  {sign:1} {latex:{wide[2]}}  {value:>{wide[3]}} {tick:1}  {note}"
            for number, sign, latex, value, tick, note in cells
        )

    def _repr_markdown_(self) -> str:
        head = "| | | formula | value | holds | reason |\n|--:|:-:|:--|--:|:-:|:--|\n"
        return head + "\n".join(
            f"| {row.number} | {f'${tex(row.sign)}$' if row.sign else ''} "
            f"| $\\displaystyle {cell(row.line.latex)}$ "
            f"| {shown(row.value)} | {row.tick} | {prose(row.note)} |"
            for row in self.rows
        )


def tex(sign: str) -> str:
    """The relation sign in LaTeX."""
    return {"=": "=", "≤": r"\le", "≥": r"\ge"}[sign]


def cell(latex: str) -> str:
    """The formula with its bars spelled out, since a bar ends a cell of a Markdown table."""
    return latex.replace(r"\|", r"\Vert ").replace("|", r"\vert ")


def prose(text: str) -> str:
    """The reason with its bars escaped: spelled out inside $…$, with a backslash outside."""
    parts = text.split("$")

    return "$".join(
        cell(part) if i % 2 else part.replace("|", r"\|") for i, part in enumerate(parts)
    )


def shown(value: float | Estimate) -> str:
    """Six digits of an exact number, rounding noise as 0; an estimate with its error."""
    return str(value) if isinstance(value, Estimate) else f"{round(value, 12) + 0.0:.6g}"
