"""SCP-ECG: Huffman codes of the standard's table and of the file's own."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from unit.io.files import write_scp
from unit.io.files.scp_parts import quantised, saved
from unit.io.files.write_scp import parts

from elvmass import io
from elvmass.errors import CorruptFileError
from elvmass.io.formats.scp import huffman

DEFAULT = struct.pack("<H", 19999)


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.int64, st.integers(1, 300), elements=st.integers(-32768, 32767) | st.integers(-9, 9))
)
@pytest.mark.parametrize("table", ["default", "own"])
def test_codes_come_back(table, samples):
    section = DEFAULT if table == "default" else write_scp.own_section()
    data = write_scp._lead(samples, 0, table)
    decoded = huffman.decode(data, huffman.parse(section))
    np.testing.assert_array_equal(decoded[: samples.size], samples)
    assert not decoded[samples.size :].any()
    assert decoded.size <= samples.size + 15


def rows(*tables: list[tuple[int, int, int, int, int]]) -> bytes:
    body = struct.pack("<H", len(tables))
    for table in tables:
        body += struct.pack("<H", len(table))
        body += b"".join(struct.pack("<3BhI", *row) for row in table)
    return body


def test_bits_above_a_prefix_and_exchanged_lengths_do_not_matter():
    codes = huffman.parse(rows([(1, 1, 1, 5, 0xFFFFFFFE), (9, 1, 1, 0, 1)]))
    assert codes
    # 0, then 1 and the eight bits of -3.
    assert huffman.decode(bytes([0b01111111, 0b01000000]), codes).tolist()[:2] == [5, -3]


def test_decoding_ends_before_words_that_are_no_code():
    codes = huffman.parse(rows([(1, 1, 1, 5, 0), (2, 2, 1, 6, 1)]))
    assert codes
    assert huffman.decode(bytes([0b01001111]), codes).tolist() == [5, 6, 5]
    assert huffman.decode(b"", codes).size == 0


@pytest.mark.parametrize(
    "section",
    [
        rows([(0, 0, 1, 0, 0)]),
        rows([(40, 40, 1, 0, 0)]),
        rows([(1, 60, 1, 0, 0)]),
        rows([(1, 1, 1, 0, 0), (2, 2, 1, 0, 0)]),
        rows([(1, 1, 0, 2, 0)]),
        rows([(1, 1, 0, 0, 0)]),
        rows([(1, 1, 1, 0, 0)])[:-1],
        struct.pack("<HH", 2, 0),
        struct.pack("<H", 65535),
    ],
    ids=[
        "no prefix", "long prefix", "long code", "ambiguous", "table 2 of 1", "table 0", "cut row",
        "cut table", "no tables",
    ],
)  # fmt: skip
def test_impossible_tables_are_refused(section, truth, tmp_path):
    with pytest.raises(CorruptFileError):
        io.read(saved(tmp_path, parts(truth) | {2: section}))


def test_tables_without_end_are_refused():
    codes = huffman.parse(rows(*[[(1, 1, 1, 0, 0)]] * 300))
    assert codes
    with pytest.raises(ValueError, match="too many"):
        huffman.decode(bytes(6000), codes)


def test_section_2_without_tables_means_raw_samples(truth, tmp_path):
    record = io.read(saved(tmp_path, parts(truth, table=None) | {2: struct.pack("<H", 0)}))
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)
