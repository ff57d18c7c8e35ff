"""The selected head's half of a comparison."""

from analysis.views.compare._comparing import view

VIEW = view("compare_first", "Selected", "The selected head.", lambda first, second: first, 10)
