"""Read what digitisers and review programs save, and turn it into arms.

`read_figure(path)` recognises a file by its content. A reader reads, checks and flags; it converts
nothing, guesses nothing, and accounts for every click.
"""

from evpool.readers.dispatch import read_figure
from evpool.readers.select import select_arm

__all__ = ["read_figure", "select_arm"]
