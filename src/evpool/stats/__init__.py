"""The statistics: arrays in, a frozen dataclass out, every refit a row of a batch."""
