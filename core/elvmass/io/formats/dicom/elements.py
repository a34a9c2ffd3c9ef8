"""The data set of a DICOM file, parsed within bounds, and its elements as text."""

from __future__ import annotations

import io
import zlib

from pydicom import Dataset, dcmread

from elvmass.errors import UnsupportedFileError
from elvmass.io.rawfile import RawFile

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_EXPLICIT = b"1.2.840.10008.1.2.1\0\0\0"
_MAX_INFLATED = 64 * 2**20
_MAX_BESIDE = 4 * 2**20
_MAX_READS = 300_000  # of headers and values; real ECGs make up to 4,000


def parse(raw: RawFile) -> Dataset:
    """Parse what pydicom can list in bounded time.

    Raises
    ------
    UnsupportedFileError
        Too large beside its waveforms, or once expanded.
    """
    data = _inflated(raw)
    if _beside_waveforms(data) > _MAX_BESIDE:
        raise UnsupportedFileError(
            raw.path,
            f"holds more than {_MAX_BESIDE >> 20} MB beside its waveforms",
            "Export the ECG alone, without pictures or documents.",
        )
    return dcmread(_Bounded(data), force=True)


def text(dataset: Dataset, keyword: str) -> str:
    """Value of an element as text; "" if it is missing or empty."""
    value = dataset.get(keyword)
    return "" if value is None else str(value).strip()


class _Bounded(io.BytesIO):
    """Bytes that end the parsing of endless tiny elements, which pydicom would list for minutes."""

    _reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads > _MAX_READS:
            raise ValueError("more elements than any ECG has")
        return super().read(size)


def _beside_waveforms(data: bytes) -> int:
    """Count the bytes that are not Waveform Data: what pydicom takes apart piece by piece."""
    beside, at = len(data), 0
    for order, tag in (("little", b"\x00\x54\x10\x10"), ("big", b"\x54\x00\x10\x10")):
        while (at := data.find(tag, at)) >= 0:
            explicit = data[at + 4 : at + 6] in (b"OW", b"OB")
            where = at + (8 if explicit else 4)
            length = int.from_bytes(data[where : where + 4], order)  # type: ignore[arg-type]
            inside = min(length, len(data) - at)
            beside -= inside
            at += 8 + inside
        at = 0
    return beside


def _inflated(raw: RawFile) -> bytes:
    """Expand a deflated data set here, where its size is bounded; the rest as it is."""
    data = raw.data
    start = _end_of_meta(data)
    if _DEFLATED not in data[:start]:
        return data
    expander = zlib.decompressobj(-zlib.MAX_WBITS)
    body = expander.decompress(data[start:], _MAX_INFLATED)
    if len(body) == _MAX_INFLATED:
        raise UnsupportedFileError(
            raw.path,
            f"expands to more than {_MAX_INFLATED >> 20} MB",
            "Export the ECG without compression.",
        )
    if not expander.eof:
        raise ValueError("the deflated data set is cut off")
    return data[:start].replace(_DEFLATED, _EXPLICIT) + body


def _end_of_meta(data: bytes) -> int:
    """Where the elements of group 0002 end, which are always explicit and little-endian."""
    at = 132 if data[128:132] == b"DICM" else 0
    while data[at : at + 2] == b"\2\0":
        if data[at + 4 : at + 6] in (b"OB", b"UN", b"OW", b"UT"):
            at += 12 + int.from_bytes(data[at + 8 : at + 12], "little")
        else:
            at += 8 + int.from_bytes(data[at + 6 : at + 8], "little")
    return at
