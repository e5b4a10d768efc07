"""Meta-analysis of digitised animal studies: the statistics and the data model."""

__version__ = "0.1.0"
