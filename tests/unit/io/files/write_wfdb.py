"""A small writer of WFDB records in every sample format, from the WFDB Applications Guide."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from elvmass.record import LEADS, Record

#: Units per mV that fit an ECG into the bits of each format.
GAINS = {"8": 40, "80": 40, "508": 40, "310": 100, "311": 100}
_FLAC = {"508": ("PCM_S8", 24), "516": ("PCM_16", 16), "524": ("PCM_24", 8)}


def counts(record: Record, code: str) -> np.ndarray:
    """[12, n] integers as the record stores them."""
    return np.rint(record.signal_mv * GAINS.get(code, 400)).astype(np.int64)


def write(
    record: Record,
    path: Path,
    *,
    code: str = "16",
    per_frame: int = 1,
    offset: int = 0,
    comments: tuple[str, ...] = ("age: 61", "sex: Male", "height: 172", "weight: 78"),
) -> Path:
    """Write header and signal files: limb leads in one, precordial leads in another.

    ``path`` is the header's; its stem names the record.
    """
    stored = counts(record, code)
    frames = stored.shape[1] // per_frame
    stored = stored[:, : frames * per_frame]
    day = f" {record.recorded_at:%H:%M:%S %d/%m/%Y}" if record.recorded_at else ""
    lines = [f"{path.stem} 12 {record.rate_hz / per_frame:g} {frames}{day}"]
    for part, rows in (("l", range(6)), ("p", range(6, 12))):
        file = f"{path.stem}_{part}.dat"
        body = _body(stored[list(rows)], code, per_frame)
        path.with_name(file).write_bytes(b"\xa5" * offset + body)
        layout = (
            code + (f"x{per_frame}" if per_frame > 1 else "") + (f"+{offset}" if offset else "")
        )
        for row in rows:
            first = 0 if code == "8" else stored[row, 0]
            total = (int(stored[row].sum()) + 32768) % 65536 - 32768
            lines.append(
                f"{file} {layout} {GAINS.get(code, 400)}(0)/mV 16 0 {first} {total} 0 {LEADS[row]}"
            )
    lines += [f"# {comment}" for comment in comments]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return path


def _body(signals: np.ndarray, code: str, per_frame: int) -> bytes:
    if code in _FLAC:
        return _flac(signals, code)
    if code == "8":
        signals = np.diff(signals, prepend=0, axis=1)
    count, n = signals.shape
    flat = signals.reshape(count, n // per_frame, per_frame).transpose(1, 0, 2).reshape(-1)
    return _PACK[code]([int(value) for value in flat])


def _flac(signals: np.ndarray, code: str) -> bytes:
    import io

    import soundfile

    subtype, shift = _FLAC[code]
    buffer = io.BytesIO()
    samples = (signals.T << shift).astype(np.int32)
    soundfile.write(buffer, samples, 500, format="FLAC", subtype=subtype)
    return buffer.getvalue()


def _bytes(size: int, order: str, shift: int = 0):
    return lambda values: b"".join(((v + shift) % 256**size).to_bytes(size, order) for v in values)


def _format_212(values: list[int]) -> bytes:
    out = bytearray()
    for first, second in zip(values[::2], [*values[1::2], 0], strict=False):
        a, b = first % 4096, second % 4096
        out += bytes((a & 255, a >> 8 | b >> 8 << 4, b & 255))
    return bytes(out)


def _format_310(values: list[int]) -> bytes:
    out = bytearray()
    for a, b, c in _triples(values):
        out += (a << 1 | (c & 31) << 11).to_bytes(2, "little")
        out += (b << 1 | c >> 5 << 11).to_bytes(2, "little")
    return bytes(out)


def _format_311(values: list[int]) -> bytes:
    return b"".join((a | b << 10 | c << 20).to_bytes(4, "little") for a, b, c in _triples(values))


def _triples(values: list[int]):
    padded = [value % 1024 for value in values] + [0, 0]
    for at in range(0, len(values), 3):
        yield padded[at : at + 3]


_PACK = {
    "8": _bytes(1, "little"),
    "16": _bytes(2, "little"),
    "24": _bytes(3, "little"),
    "32": _bytes(4, "little"),
    "61": _bytes(2, "big"),
    "80": _bytes(1, "little", 128),
    "160": _bytes(2, "little", 32768),
    "212": _format_212,
    "310": _format_310,
    "311": _format_311,
}
