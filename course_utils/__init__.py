"""Helpers of the course on deep generative models, one module per idea.

Layers, lowest first; a module imports from lower layers only:

    0  types, device, distributions
    1  divergences, data, nn, training, plotting
    2  objectives, evaluation, samplers, derivation, formulas
    3  models
    4  weights, recipes, checks
    5  explorers

Import what you need by its module: `from course_utils import plotting`.
"""
