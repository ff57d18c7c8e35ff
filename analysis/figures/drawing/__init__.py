"""What kinds of figure share: texts, axes, cells, places. numpy, and matplotlib once something is drawn."""
