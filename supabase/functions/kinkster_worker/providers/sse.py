"""Server-sent events: bytes in, cut anywhere; the `data` of each event out.

Follows the WHATWG HTML standard, section 9.2, with one difference: lines end with LF or CR LF, never with a
lone CR. Bytes stay bytes, so U+2028 and U+0085, which Flowise sends raw, are no line ends, and a character
cut in two by a chunk is whole again before anyone decodes it. `event`, `id` and `retry` are not used by any
provider's protocol and are skipped.
"""

from kinkster_worker.errors import ProviderMisbehaved

MAX_EVENT_BYTES = 8 * 1024 * 1024


class EventParser:
    """Takes chunks, gives the data of each finished event; one without its blank line never is."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []  # pieces of the line that is not finished yet
        self._rest_size = 0
        self._data: list[bytes] = []  # data lines of the event that is not finished yet
        self._data_size = 0
        self._at_start = True

    def feed(self, chunk: bytes) -> list[bytes]:
        """The payloads that this chunk finishes. Raises ProviderMisbehaved past 8 MiB without an end."""
        if self._at_start and chunk:
            chunk = b"".join((*self._rest, chunk))
            self._rest, self._rest_size = [], 0
            if len(chunk) < 3 and b"\xef\xbb\xbf".startswith(chunk):
                self._keep(chunk)
                return []
            chunk = chunk.removeprefix(b"\xef\xbb\xbf")
            self._at_start = False
        if b"\n" not in chunk:
            self._keep(chunk)
            return []
        lines = chunk.split(b"\n")
        if self._rest:
            lines[0] = b"".join((*self._rest, lines[0]))
        self._rest, self._rest_size = [], 0
        self._keep(lines.pop())
        finished = []
        data = self._data
        for line in lines:
            if line[:5] == b"data:" or line == b"data" or line == b"data\r":
                value = line[6:] if line[5:6] == b" " else line[5:]
                data.append(value[:-1] if value[-1:] == b"\r" else value)
                self._data_size += len(value) + 1
            elif (line == b"" or line == b"\r") and data:
                payload = data[0] if len(data) == 1 else b"\n".join(data)
                data.clear()
                self._data_size = 0
                if payload:
                    finished.append(payload)
        if data:
            self._limit()
        return finished

    def _keep(self, piece: bytes) -> None:
        if piece:
            self._rest.append(piece)
            self._rest_size += len(piece)
            self._limit()

    def _limit(self) -> None:
        if self._rest_size + self._data_size > MAX_EVENT_BYTES:
            raise ProviderMisbehaved("The provider sent an event of more than 8 MiB.")
