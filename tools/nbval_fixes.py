"""A pytest plugin: run nbval's cells as Jupyter runs them, and say what each notebook costs.

nbval runs cells without history, and then a trailing `;` does not hush a cell's output
(nbval issue 194).
"""

from collections import defaultdict

from nbval.kernel import RunningKernel

BUDGET = 180  # seconds a notebook, one thread


def execute_cell_input(
    self: RunningKernel, cell_input: str, allow_stdin: bool | None = None
) -> str:
    """Execute the cell with its history, and go on after an error."""
    return self.kc.execute(
        cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False
    )


RunningKernel.execute_cell_input = execute_cell_input


def seconds_by_notebook(reports: list) -> dict[str, float]:
    """Seconds of all cells of each notebook, the slowest first.

    Args:
        reports: What pytest knows of each cell's phases: `nodeid` and `duration`.
    """
    seconds: defaultdict[str, float] = defaultdict(float)
    for report in reports:
        seconds[report.nodeid.split("::")[0]] += report.duration

    return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def pytest_terminal_summary(terminalreporter: object) -> None:
    """Print a table: notebook and seconds."""
    reports = [r for kind in terminalreporter.stats.values() for r in kind if hasattr(r, "when")]
    table = seconds_by_notebook(reports)
    terminalreporter.section("seconds of each notebook, one thread")
    for notebook, seconds in table.items():
        above = "" if seconds <= BUDGET else f"  above the budget of {BUDGET}"
        terminalreporter.line(f"{seconds:6.0f}  {notebook}{above}")
    terminalreporter.line(f"{sum(table.values()):6.0f}  together")
