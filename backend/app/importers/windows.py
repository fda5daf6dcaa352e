"""Readings kept by channel and window of days, in memory as far as they fit and then on disk."""

from collections import defaultdict
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Records = NDArray[np.void]

WINDOW_DAYS = 128
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

    def of(self, channel: int) -> Iterator["Records"]:
        """Give a channel's records, each window's in file order, windows in time order."""
        held, written = self._held.pop(channel, {}), self._written.pop(channel, {})
        for window in sorted({*held, *written}):
            parts = [self._read(*place) for place in written.get(window, ())]
            parts += held.pop(window, [])
            yield parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _write_all(self) -> None:
        self._file.seek(0, 2)
        for channel, windows in self._held.items():
            for window, parts in windows.items():
                together = np.concatenate(parts)
                self._written[channel][window].append((self._file.tell(), len(together)))
                self._file.write(together.tobytes())
        self._held.clear()
        self._held_bytes = 0

    def _read(self, offset: int, count: int) -> "Records":
        self._file.seek(offset)
        return np.frombuffer(self._file.read(count * self._dtype.itemsize), dtype=self._dtype)
