"""What every check does: compare an answer with the reference, and recognise known mistakes."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Function = Callable[..., Any]
Case = Callable[[], tuple[Any, ...]]  # makes fresh arguments, since an answer may change them


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people give, and a hint that leads on without giving away."""

    answer: Any
    hint: str


class FunctionCheck:
    """Checks a function that the student writes.

    Args:
        exercise: Its number, such as '3.1'.
        reference: The right function.
        cases: Arguments to try, by a name that completes 'for ...'.
        mistakes: Known wrong functions with their hints.
        tolerance: Largest relative difference that counts as equal.
    """

    def __init__(
        self,
        exercise: str,
        reference: Function,
        *,
        cases: Mapping[str, Case],
        mistakes: tuple[Mistake, ...],
        tolerance: float = 1e-4,
    ) -> None:
        self.exercise = exercise
        self.reference = reference
        self.cases = cases
        self.mistakes = mistakes
        self.tolerance = tolerance

    def __call__(self, answer: Any) -> Function:
        """Report on the answer; return it when it is right, and the reference otherwise."""
        if answer is None or answer is Ellipsis:
            not_done(self.exercise)
            return self.reference

        results = {name: self.attempt(answer, case) for name, case in self.cases.items()}
        if all(result is None or result is Ellipsis for result in results.values()):
            not_done(self.exercise)
            return self.reference

        for name, result in results.items():
            complaint = self.complaint(result, self.reference(*self.cases[name]()))
            if complaint:
                not_right(self.exercise, f"for {name}, {complaint}", self.hint(results))
                return self.reference

        say(f"Exercise {self.exercise}: passed. Tested with {'; '.join(self.cases)}.")
        return answer

    def attempt(self, answer: Any, case: Case) -> Any:
        """The answer's result, or the exception that it raised."""
        try:
            return answer(*case())
        except Exception as error:
            return error

    def complaint(self, result: Any, expected: Tensor) -> str:
        """What is wrong with one result; empty when nothing is."""
        if isinstance(result, Exception):
            frames = traceback.extract_tb(result.__traceback__)[1:]  # the first is `attempt`
            line = f" (line {frames[0].lineno})" if frames else ""
            return f"your function raised {type(result).__name__}{line}: {result}"
        try:
            number = torch.as_tensor(result, dtype=expected.dtype).detach().cpu()
            right = number.shape == expected.shape and self.close(number, expected)
        except Exception:  # whatever torch makes of a strange object
            return f"expected a tensor, got {type(result).__name__}"
        if number.shape != expected.shape:
            return f"expected the shape {tuple(expected.shape)}, got {tuple(number.shape)}"
        if not right:
            return f"expected {shown(expected)}, got {shown(number)}"

        return ""

    def close(self, number: Tensor, expected: Tensor) -> bool:
        """Equal up to the tolerance."""
        return torch.allclose(number, expected, rtol=self.tolerance, atol=self.tolerance)

    def hint(self, results: Mapping[str, Any]) -> str:
        """The hint of the known mistake that gives the same results; empty if none does."""
        for mistake in self.mistakes:
            if all(
                self.same(results[name], self.attempt(mistake.answer, case))
                for name, case in self.cases.items()
            ):
                return mistake.hint

        return ""

    def same(self, result: Any, mistaken: Any) -> bool:
        """Whether a result is what a known mistake gives: not finite where that is not finite."""
        if isinstance(result, Exception) or isinstance(mistaken, Exception):
            return type(result) is type(mistaken)
        try:
            number, expected = torch.as_tensor(result), torch.as_tensor(mistaken)
            finite = expected.isfinite()

            return torch.equal(number.isfinite(), finite) and self.close(
                number[finite].to(expected), expected[finite]
            )
        except Exception:  # whatever torch makes of a strange object
            return False


class NumberCheck:
    """Checks a number that the student works out or predicts.

    Args:
        exercise: Its number.
        reference: The right number.
        mistakes: Known wrong numbers with their hints.
        tolerance: Largest difference that counts as right.
        lesson: What the right number means, said when it is found.
    """

    def __init__(
        self,
        exercise: str,
        reference: float,
        *,
        mistakes: tuple[Mistake, ...],
        tolerance: float,
        lesson: str,
    ) -> None:
        self.exercise = exercise
        self.reference = reference
        self.mistakes = mistakes
        self.tolerance = tolerance
        self.lesson = lesson

    def __call__(self, answer: Any) -> float:
        """Report on the answer; return it when it is right, and the reference otherwise."""
        if answer is None or answer is Ellipsis:
            not_done(self.exercise)
            return self.reference
        try:
            number = float(answer.detach() if isinstance(answer, Tensor) else answer)
        except Exception:
            not_right(self.exercise, f"expected a number, got {type(answer).__name__}")
            return self.reference
        if abs(number - self.reference) <= self.tolerance:
            say(f"Exercise {self.exercise}: passed. {self.lesson}")
            return number

        not_right(self.exercise, f"{number:.4g} is not the number", self.hint(number))
        return self.reference

    def hint(self, number: float) -> str:
        """The hint of the known mistake that is this number; empty if none is."""
        for mistake in self.mistakes:
            if abs(number - mistake.answer) <= self.tolerance:
                return mistake.hint

        return ""


def not_done(exercise: str) -> None:
    """Report that an exercise is still open."""
    say(f"Exercise {exercise}: not done yet, the reference is used below.")


def not_right(exercise: str, complaint: str, hint: str = "") -> None:
    """Report what is wrong with an answer, with a hint where the mistake is known."""
    say(f"Exercise {exercise}: not right yet: {complaint}.")
    if hint:
        say(f"Hint: {hint}")
    say("The reference is used below.")


def say(line: str) -> None:
    """One line of a check's report."""
    print(line)


def shown(tensor: Tensor) -> str:
    """The first numbers of a tensor, at four digits."""
    numbers = [f"{value:.4g}" for value in tensor.flatten()[:3].tolist()]
    more = ", ..." if tensor.numel() > 3 else ""

    return numbers[0] if tensor.ndim == 0 else f"[{', '.join(numbers)}{more}]"
