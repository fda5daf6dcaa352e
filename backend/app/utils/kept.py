"""Answers that are kept in memory for as long as what they were made from is unchanged."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable


class Kept:
    """At most `count` answers of at most `size` bytes each, the one used longest ago goes first.

    The key must hold everything that the answer depends on, the version of the data included.
    """

    def __init__(self, count: int, size: int) -> None:
        self._count = count
        self._size = size
        self._answers: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Give the kept answer, or make and keep it. Two threads may both make it."""
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
                return found
        made = make()
        if len(made) <= self._size:
            with self._lock:
                self._answers[key] = made
                while len(self._answers) > self._count:
                    self._answers.popitem(last=False)
        return made
