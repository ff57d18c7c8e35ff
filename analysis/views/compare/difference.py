"""The difference of two heads or two checkpoints, cell by cell."""

from analysis.views.compare._comparing import difference, view

VIEW = view(
    "compare_difference", "Difference", "The selected head's values less the other's: red is more, blue is less.",
    difference, 10,
)
