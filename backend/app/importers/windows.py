"""Readings kept by channel and window of days, in memory as far as they fit and then on disk."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Records = NDArray[np.void]
    Once = Callable[[Records], Records]

WINDOW_DAYS = 128
PART = 200_000
"""How many records of a window are brought in at a time."""
MAX_BYTES = 24 * 1024 * 1024
"""What is held in memory before it is written to the file."""

READING = np.dtype(
    [
        ("day", "<i4"),
        ("offset", "<i4"),
        ("seconds", "<i4"),
        ("line", "<i4"),
        ("amount", "<f8"),
        ("cost", "<f8"),
        ("quality", "u1"),
    ],
    align=True,
)
"""A reading: local day (ordinal), seconds since it began, length, line, amount in the base unit
(NaN is never kept), cost (NaN: none), quality letter."""

REGISTER = np.dtype([("day", "<i4"), ("line", "<i4"), ("at", "<i8"), ("value", "<f8")], align=True)
"""What a register showed: local day, line, instant, value in the base unit."""


class Windows:
    """Records of one kind, appended in file order and given back window by window.

    `file` takes what does not fit in memory; it is written and read here alone.
    """

    def __init__(self, dtype: "np.dtype[Any]", file: IO[bytes], max_bytes: int = MAX_BYTES) -> None:
        self._dtype = dtype
        self._file = file
        self._max_bytes = max_bytes
        self._held: dict[int, dict[int, list[Records]]] = defaultdict(lambda: defaultdict(list))
        self._held_bytes = 0
        self._written: dict[int, dict[int, list[tuple[int, int]]]] = defaultdict(
            lambda: defaultdict(list)
        )

    def append(self, channel: int, records: "Records") -> None:
        """Take records of a channel, whose field `day` says into which window they go."""
        windows = records["day"] // WINDOW_DAYS
        if (windows[1:] < windows[:-1]).any():
            order = np.argsort(windows, kind="stable")
            records, windows = records[order], windows[order]
        cuts = (np.flatnonzero(windows[1:] != windows[:-1]) + 1).tolist()
        for start, end in zip([0, *cuts], [*cuts, len(records)], strict=True):
            self._held[channel][int(windows[start])].append(records[start:end])
        self._held_bytes += records.nbytes
        if self._held_bytes > self._max_bytes:
            self._write_all()

    def of(self, channel: int, once: "Once") -> Iterator["Records"]:
        """Give a channel's records by window, in time order.

        `once` orders records and leaves out repeats: it is given the window bit by bit, so that
        no number of repeats fills the memory.
        """
        held, written = self._held.pop(channel, {}), self._written.pop(channel, {})
        for window in sorted({*held, *written}):
            parts = self._parts(written.get(window, ()), held.pop(window, []))
            found = once(next(parts))
            for part in parts:
                found = once(np.concatenate([found, part]))
            yield found

    def _parts(
        self, written: Sequence[tuple[int, int]], held: list["Records"]
    ) -> Iterator["Records"]:
        """Give the parts of a window in file order, small ones together, large ones in pieces."""
        for offset, count in written:
            for start in range(0, count, PART):
                length = min(PART, count - start)
                yield self._read(offset + start * self._dtype.itemsize, length)
        together: list[Records] = []
        for records in held:
            together.append(records)
            if sum(map(len, together)) >= PART:
                yield np.concatenate(together)
                together = []
        if together:
            yield together[0] if len(together) == 1 else np.concatenate(together)

    def _write_all(self) -> None:
        self._file.seek(0, 2)
        for channel, windows in self._held.items():
            for window, parts in windows.items():
                place = self._file.tell(), sum(map(len, parts))
                self._written[channel][window].append(place)
                for part in parts:
                    self._file.write(np.ascontiguousarray(part).view(np.uint8).data)
        self._held.clear()
        self._held_bytes = 0

    def _read(self, offset: int, count: int) -> "Records":
        self._file.seek(offset)
        return np.frombuffer(self._file.read(count * self._dtype.itemsize), dtype=self._dtype)
