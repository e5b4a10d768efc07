"""Properties of frozen numbers, computed on first use."""


class lazy:  # noqa: N801 - a decorator
    """A property computed on first use; functools.cached_property takes a lock each time."""

    def __init__(self, compute):
        self.compute = compute
        self.name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = instance.__dict__[self.name] = self.compute(instance)
        return value
