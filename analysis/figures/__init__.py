"""Figures as data: what a view computes and a panel draws. numpy alone."""
