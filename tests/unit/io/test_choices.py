"""Which of several strips is read, and what importing the package costs."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from helpers import synthetic_record
from unit.io.files.ecg_files import UV_PER_COUNT, aecg_text

from elvmass import io
from elvmass.io.write.muse import muse_bytes


def waveform(text: str) -> str:
    return text[text.index("<Waveform>") : text.index("</RestingECG>")]


@pytest.mark.parametrize("first", ["median", "rhythm"])
def test_muse_median_is_never_read(first, truth, tmp_path):
    rhythm = muse_bytes(truth, uv_per_bit=UV_PER_COUNT).decode()
    median = waveform(muse_bytes(synthetic_record(500.0, 60.0)).decode())
    median = median.replace(">Rhythm<", ">Median<")
    strips = [median, waveform(rhythm)] if first == "median" else [waveform(rhythm), median]
    (tmp_path / "x").write_text(rhythm.replace(waveform(rhythm), "".join(strips)))
    record = io.read(tmp_path / "x")
    assert record.rate_hz == truth.rate_hz
    np.testing.assert_allclose(record.lead("V2"), truth.lead("V2"), atol=0.0013)


def test_longest_complete_strip_wins(truth, tmp_path):
    short = aecg_text(synthetic_record(250.0, 2.0))
    long = aecg_text(truth)
    strip = short[short.index("<component><sequenceSet>") : short.index("<derivation>")]
    (tmp_path / "x").write_text(long.replace("<derivation>", strip + "<derivation>"))
    assert io.read(tmp_path / "x").duration_s == truth.duration_s


def test_complete_strip_wins_over_a_longer_incomplete_one(truth, tmp_path):
    longer = aecg_text(synthetic_record(250.0, 20.0), ("I", "II", "V1"))
    strip = longer[longer.index("<component><sequenceSet>") : longer.index("<derivation>")]
    text = aecg_text(truth).replace("<derivation>", strip + "<derivation>")
    (tmp_path / "x").write_text(text)
    assert io.read(tmp_path / "x").duration_s == truth.duration_s


def test_importing_the_package_loads_no_parser():
    code = "import sys, elvmass.io; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in out.stdout.split()}
    assert "numpy" in loaded
    assert not loaded & {"lxml", "pydicom", "wfdb", "pandas", "scipy"}


def test_a_file_loads_its_own_reader_only(truth, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(muse_bytes(truth))
    code = f"import sys; from elvmass import io; io.read({str(path)!r}); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    readers = {name for name in out.stdout.split() if name.startswith("elvmass.io.formats.")}
    assert readers == {"elvmass.io.formats.muse"}
