"""One loop for every model: batches by index, named numbers, a history that survives."""

from course_utils.training.batches import Batch, Batches
from course_utils.training.checkpoint import Checkpoint
from course_utils.training.compiled import compiled
from course_utils.training.loop import History, Step, train
from course_utils.training.schedules import EarlyStopping, ema, linear_tail

__all__ = [
    "Batch",
    "Batches",
    "Checkpoint",
    "EarlyStopping",
    "History",
    "Step",
    "compiled",
    "ema",
    "linear_tail",
    "train",
]
