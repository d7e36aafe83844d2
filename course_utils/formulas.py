"""Formulas in a table: each beside what a referee finds, and the misprint it is mistaken for.

A formula's value and the referee's come by different ways: one from the formula, the other from
enumeration, quadrature, autograd or sympy. Making the table compares them, and sees to it that a
misprint is told apart.

    >>> FormulaTable(
    ...     Formula("(x^2)' = 2x", 6.0, "sympy", 6.0).misprinted("(x^2)' = x", 3.0),
    ...     Formula(r"e^x \\ge 1 + x", 1.6487, "arithmetic", 1.5, "≥"),
    ... )
    (x^2)' = 2x: 6 = 6 (sympy). Mistaken for (x^2)' = x: 3
    e^x \\ge 1 + x: 1.649 ≥ 1.5 (arithmetic)
"""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

Value = float | Tensor
SIGNS = {"=": "=", "≈": r"\approx", "≤": r"\le", "≥": r"\ge"}
TOLERANCE = {"=": 1e-6, "≈": 2e-2, "≤": 1e-6, "≥": 1e-6}  # absolute, or relative where that is more
HEAD = (
    "| formula | value | | referee | says | mistaken for | value |\n|:--|--:|:-:|:--|--:|:--|--:|\n"
)


class FormulaError(AssertionError):
    """A formula's value is not what the referee says, or a misprint gives the same."""


@dataclass(frozen=True)
class Formula:
    """One row of the table.

    Args:
        latex: The formula, with `\\mid` and `\\vert` for bars, which end a cell of the table.
        value: What the formula gives on an example.
        referee: How the other number was found, such as 'autograd'.
        truth: The other number.
        relation: How the value relates to it: equal to 1e-6, within two percent (for an average
            over samples), at most, at least.
        printed: The misprint as found in lecture notes, in LaTeX; empty where there is none.
        misprint: What the misprint gives on the same example.
    """

    latex: str
    value: Value
    referee: str
    truth: Value
    relation: Literal["=", "≈", "≤", "≥"] = "="
    printed: str = ""
    misprint: Value | None = None

    def misprinted(self, printed: str, misprint: Value) -> "Formula":
        """The same row with the misprint that it is mistaken for, and what that gives."""
        return replace(self, printed=printed, misprint=misprint)


class FormulaTable:
    """Formulas that were compared with their referees: a table in a notebook, text elsewhere.

    Args:
        formulas: The rows.

    Raises:
        FormulaError: A value does not stand in its relation to what the referee says, or a
            misprint does.
        ValueError: A formula contains a bare bar.
    """

    def __init__(self, *formulas: Formula) -> None:
        for row in formulas:
            if "|" in row.latex + row.printed:
                raise ValueError(f"latex: expected no bare bar, got {row.latex} {row.printed}")
            if not holds(row.value, row):
                raise FormulaError(
                    f"{row.latex}: expected {shown(row.value)} {row.relation} {shown(row.truth)}, "
                    f"which {row.referee} says"
                )
            if row.misprint is not None and holds(row.misprint, row):
                raise FormulaError(f"{row.printed}: the misprint holds too: {shown(row.misprint)}")

        self.formulas = formulas

    def __repr__(self) -> str:
        return "\n".join(
            f"{row.latex}: {shown(row.value)} {row.relation} {shown(row.truth)} ({row.referee})"
            + (f". Mistaken for {row.printed}: {shown(row.misprint)}" if row.printed else "")
            for row in self.formulas
        )

    def _repr_markdown_(self) -> str:
        return HEAD + "\n".join(
            f"| ${row.latex}$ | {shown(row.value)} | ${SIGNS[row.relation]}$ "
            f"| {row.referee} | {shown(row.truth)} "
            f"| {f'${row.printed}$' if row.printed else ''} | {shown(row.misprint)} |"
            for row in self.formulas
        )


def holds(value: Value, row: Formula) -> bool:
    """Whether a value stands in the row's relation to the truth."""
    tolerance = TOLERANCE[row.relation]
    a, b = (torch.as_tensor(number, dtype=torch.float64) for number in (value, row.truth))
    if a.shape != b.shape:
        return False
    if row.relation in ("=", "≈"):
        return torch.allclose(a, b, rtol=tolerance, atol=tolerance)
    gap = b - a if row.relation == "≤" else a - b

    return bool((gap >= -tolerance).all())


def shown(value: Value | None) -> str:
    """Four digits of a number, or of the first two of several; nothing for none."""
    if value is None:
        return ""
    numbers = torch.as_tensor(value, dtype=torch.float64)
    first = [f"{round(number, 6) + 0.0:.4g}" for number in numbers.flatten()[:2].tolist()]
    if numbers.ndim == 0:
        return first[0]

    shape = " " + "×".join(map(str, numbers.shape)) if numbers.ndim > 1 else ""

    return f"({', '.join(first)}{', …' if numbers.numel() > 2 else ''}){shape}"
