"""What several kinds of figure need to draw themselves: texts, axes, cells, places. numpy, and matplotlib when called."""
