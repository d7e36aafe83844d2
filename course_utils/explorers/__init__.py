"""Explorers: instruments in the page that answer within a frame, and that Python can read and set.

LatentExplorer(nn.Sequential(decoder, nn.Sigmoid()), points=codes, labels=y)
"""

from course_utils.explorers.compare import CompareExplorer
from course_utils.explorers.density import DensityExplorer
from course_utils.explorers.depth import DepthExplorer
from course_utils.explorers.elbo import ElboExplorer
from course_utils.explorers.field import FieldExplorer
from course_utils.explorers.latent import LatentExplorer
from course_utils.explorers.playground import GanPlayground
from course_utils.explorers.traversal import TraversalExplorer

__all__ = [
    "CompareExplorer",
    "DensityExplorer",
    "DepthExplorer",
    "ElboExplorer",
    "FieldExplorer",
    "GanPlayground",
    "LatentExplorer",
    "TraversalExplorer",
]
