"""A pytest plugin: run nbval's cells as Jupyter runs them.

nbval runs cells without history, and then a trailing `;` does not hush a cell's output
(nbval issue 194).
"""

from nbval.kernel import RunningKernel


def execute_cell_input(
    self: RunningKernel, cell_input: str, allow_stdin: bool | None = None
) -> str:
    """Execute the cell with its history, and go on after an error."""
    return self.kc.execute(
        cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False
    )


RunningKernel.execute_cell_input = execute_cell_input
