"""The other half of a comparison: the pinned head, or the second checkpoint."""

from analysis.views.compare._comparing import view

VIEW = view(
    "compare_second", "Compared with", "The pinned head, or the same head in the second checkpoint.",
    lambda first, second: second, 10,
)
