"""Pages and charts: pure data in, markup out."""
