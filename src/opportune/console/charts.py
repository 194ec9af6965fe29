"""Our own charts: data in, SVG out, the same for the same data; no script, nothing from elsewhere.

Each takes a `Picture` (its name, title, what it says, how wide) and its data, and says so where there is nothing.
"""

from opportune.console.chart_columns import Columns, Series, folded, histogram, largest, stacked_columns
from opportune.console.chart_grid import heatmap, matrix
from opportune.console.chart_rows import Interval, Row, intervals, rows
from opportune.console.picture import NARROW, WIDE, Picture, alone, empty

__all__ = [
    "NARROW",
    "WIDE",
    "Columns",
    "Interval",
    "Picture",
    "Row",
    "Series",
    "alone",
    "empty",
    "folded",
    "heatmap",
    "histogram",
    "intervals",
    "largest",
    "matrix",
    "rows",
    "stacked_columns",
]
