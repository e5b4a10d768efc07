"""The rows of a table that each of many outcomes wants, found without reading it through again."""

from itertools import product

from evpool.extraction.table import as_asked


class RowGroups:
    """A table's rows, grouped by what they hold in the columns that are asked for.

    Parameters
    ----------
    rows : list of dict
        As `delimited.read_input` returns them.
    """

    def __init__(self, rows):
        self._rows, self._grouped = rows, {}

    def matching(self, wanted):
        """Return the rows that `delimited.matches` finds, in the table's order.

        Parameters
        ----------
        wanted : dict
            Column -> value or list of values.

        Returns
        -------
        list of dict
        """
        found = self._by_values(tuple(wanted))
        values = (value if isinstance(value, list) else [value] for value in wanted.values())
        keys = dict.fromkeys(product(*(map(as_asked, own) for own in values)))
        places = sorted(place for key in keys for place in found.get(key, ()))
        return [self._rows[place] for place in places]

    def _by_values(self, columns):
        if columns not in self._grouped:
            grouped = self._grouped[columns] = {}
            for place, row in enumerate(self._rows):
                key = tuple(as_asked(row.get(column)) for column in columns)
                grouped.setdefault(key, []).append(place)
        return self._grouped[columns]
