"""XLI against an encoder of our own, the calibration tail, and what the schema leaves open."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from unit.io.files.ecg_files import sierra_text, xli_chunk
from unit.io.files.write_sierra import write

from elvmass import io
from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.io.formats.sierra import xli
from elvmass.record import LEADS, Sex

STEP_MV = 0.0025


@settings(max_examples=40, deadline=None)
@given(arrays(np.int16, st.integers(3, 400), elements=st.integers(-4000, 4000)))
def test_xli_restores_every_sample(samples):
    (decoded,) = xli.decode(xli_chunk(samples), 1)
    np.testing.assert_array_equal(decoded, samples)


def test_xli_survives_a_full_code_table():
    rng = np.random.default_rng(3)
    samples = rng.integers(-30000, 30000, 5000)
    (decoded,) = xli.decode(xli_chunk(samples), 1)
    np.testing.assert_array_equal(decoded, samples)


def test_xli_refuses_cut_payloads_and_impossible_codes():
    with pytest.raises(ValueError, match="cut off"):
        xli.decode(xli_chunk(np.arange(50))[:-1], 1)
    with pytest.raises(ValueError, match="refers to nothing"):
        xli.decode(b"\x05\0\0\0\x01\0\0\0" + b"\xff\x80\0\0\0", 1)


def test_residuals_round_down():
    zero = np.array([0])
    leads = dict.fromkeys(("III", "aVR", "aVL", "aVF"), zero) | {
        "I": np.array([1]),
        "II": np.array([-2]),
    }
    restored = xli.restore_limb_leads(leads)
    assert [int(restored[k][0]) for k in ("III", "aVR", "aVL", "aVF")] == [-3, 1, 2, -3]


def tail(rate: float, level: int = 400) -> np.ndarray:
    """Zeros, a 200 ms pulse of 1 mV, zeros: one second."""
    second = np.zeros(round(rate), np.int64)
    second[round(0.7 * rate) : round(0.9 * rate)] = level
    return second


@pytest.mark.parametrize("compressed", [True, False])
def test_calibration_tail_is_dropped(compressed, truth, tmp_path):
    # Half a second more of ECG and then the tail, as devices store it.
    path = tmp_path / "x.xml"
    ecg = np.full(100, 7)
    text = sierra_text(truth, compressed=compressed, tail=np.concatenate([ecg, tail(250.0)]))
    path.write_bytes(text.encode("utf-16"))
    record = io.read(path)
    assert record.duration_s == truth.duration_s
    assert record.notices[0].code == "calibration_dropped"


def test_zeros_without_pulse_are_kept(truth, tmp_path):
    path = tmp_path / "x.xml"
    path.write_bytes(
        sierra_text(truth, compressed=False, tail=tail(250.0, level=0)).encode("utf-16")
    )
    assert io.read(path).duration_s == truth.duration_s + 1


def test_recording_without_tail_is_kept_whole(truth, files):
    assert io.read(files["sierra_xli"]).duration_s == truth.duration_s


def test_noise_after_the_pulse_does_not_hide_it(truth, tmp_path):
    path = tmp_path / "x.xml"
    ends = np.concatenate([np.full(100, 7), tail(250.0), np.full(3, 9)])
    path.write_bytes(sierra_text(truth, compressed=False, tail=ends).encode("utf-16"))
    record = io.read(path)
    assert record.duration_s == truth.duration_s
    assert "calibration_dropped" in {notice.code for notice in record.notices}


def stored(truth, coarser: int = 1) -> np.ndarray:
    return np.rint(np.rint(truth.signal_mv / STEP_MV) / coarser) * (STEP_MV * coarser)


@pytest.mark.parametrize("version", ["1.03", "1.04"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    ("compression", "encoding", "bits"),
    [
        ("XLI", "Base64", 16), ("XLI", "Hex", 16), ("", "Base64", 16), ("", "Base64", 8),
        ("", "Base64", 32), ("", "Hex", 16), ("", "Plain", 16),
    ],
)  # fmt: skip
def test_encodings(version, charset, compression, encoding, bits, truth, tmp_path):
    path = write(
        truth, tmp_path / "x", version=version, charset=charset,
        compression=compression, encoding=encoding, bits=bits,
    )  # fmt: skip
    record = io.read(path)
    expected = stored(truth, 8 if bits == 8 else 1)
    np.testing.assert_allclose(record.signal_mv, expected, rtol=0, atol=1e-9)
    assert record.device_filter == "0.05-150 Hz"
    assert record.recorded_at == truth.recorded_at


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"compression": "Huffman"}, "encoding that is not read"),
        ({"compression": "", "encoding": "Base85"}, "encoding that is not read"),
        ({"compression": "XLI", "encoding": "Plain"}, "encoding that is not read"),
    ],
)
def test_other_encodings_are_refused(changes, match, truth, tmp_path):
    with pytest.raises(UnsupportedFileError, match=match):
        io.read(write(truth, tmp_path / "x", **changes))


def edited(path, old, new):
    data = path.read_bytes().decode("utf-16")
    assert old in data
    path.write_bytes(data.replace(old, new).encode("utf-16"))
    return path


def test_uncompressed_leads_must_have_the_announced_length(truth, tmp_path):
    """Else fewer labels than leads would cut the payload at the wrong places."""
    path = write(truth, tmp_path / "x", compression="", labels=(*LEADS, "V7", "V8"))
    with pytest.raises(CorruptFileError, match="another number of samples"):
        io.read(path)


def test_offset_is_taken_off_and_unsigned_samples_are_read(truth, tmp_path):
    path = write(truth, tmp_path / "x", compression="", encoding="Plain")
    path = edited(path, 'signalsigned="True"', 'signalsigned="False" signaloffset="40"')
    np.testing.assert_allclose(io.read(path).signal_mv, stored(truth) - 0.1, rtol=0, atol=1e-9)


def test_one_byte_text_declared_as_utf_16_is_read(truth, tmp_path):
    path = write(truth, tmp_path / "x")
    path.write_bytes(path.read_bytes().decode("utf-16").encode("utf-8"))
    np.testing.assert_allclose(io.read(path).signal_mv, stored(truth), rtol=0, atol=1e-9)


def test_inverted_avr_of_cabrera_exports(truth, tmp_path):
    labels = tuple("-aVR" if name == "aVR" else name for name in LEADS)
    plain = io.read(write(truth, tmp_path / "x", labels=labels, compression=""))
    np.testing.assert_allclose(plain.lead("aVR"), -stored(truth)[3], rtol=0, atol=1e-9)
    assert plain.derived_leads == ()


def test_unclear_residuals_are_not_used(truth, tmp_path):
    labels = tuple("-aVR" if name == "aVR" else name for name in LEADS)
    packed = io.read(write(truth, tmp_path / "x", labels=labels))
    assert packed.derived_leads == ("III", "aVR", "aVL", "aVF")
    np.testing.assert_allclose(packed.lead("aVR"), stored(truth)[3], rtol=0, atol=STEP_MV)


def test_leads_without_names_are_refused(truth, tmp_path):
    path = write(truth, tmp_path / "x", version="1.03")
    with pytest.raises(UnsupportedFileError, match="does not name its leads"):
        io.read(edited(path, "STD-12", "10-WIRE"))
    with pytest.raises(CorruptFileError):
        io.read(write(truth, tmp_path / "y", labels=("I", *LEADS[:-1])))
    with pytest.raises(LeadsError, match="V6 missing"):
        io.read(write(truth, tmp_path / "z", labels=(*LEADS[:-1], "V7")))


@pytest.mark.parametrize(
    ("patient", "age", "sex"),
    [
        ("<age><years>61</years></age><sex>Female</sex>", 61.0, Sex.FEMALE),
        ('<age defaultage="50"/><sex>Unknown</sex>', None, None),
        ('<age defaultage="50"><dateofbirth>1964-12-31</dateofbirth></age>', 61.0, None),
        ("<age><months>18</months></age>", 1.5, None),
        ("<age><weeks>52</weeks></age>", 52 * 7 / 365.25, None),
        ("<age><years>Invalid</years></age>", None, None),
    ],
)
def test_age_and_sex(patient, age, sex, truth, tmp_path):
    found = io.read(write(truth, tmp_path / "x", patient=patient)).patient
    assert found.age_years == (None if age is None else pytest.approx(age))
    assert found.sex is sex


@pytest.mark.parametrize(
    ("patient", "height", "weight"),
    [
        ("<height><cm>172</cm></height><weight><kg>78</kg></weight>", 172.0, 78.0),
        ("<height><inch>70</inch></height><weight><lb>180</lb></weight>", 177.8, 81.647),
        ("<height><cm>Unknown</cm></height><weight><kg>0</kg></weight>", None, None),
    ],
)
def test_height_and_weight(patient, height, weight, truth, tmp_path):
    found = io.read(write(truth, tmp_path / "x", patient=patient)).patient
    for value, expected in ((found.height_cm, height), (found.weight_kg, weight)):
        assert value == (None if expected is None else pytest.approx(expected, abs=0.001))


def codes(path) -> dict[str, str]:
    return {notice.code: notice.message for notice in io.read(path).notices}


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("All 12 leads are missing", "I, II, III, aVR, aVL, aVF, V1, V2, V3, V4, V5, V6"),
        ("Missing lead(s): V2 V6", "V2, V6"),
        ("Lead(s) V1 off", "V1"),
        ("Sinus rhythm", None),
    ],
)
def test_leads_off_by_statement(statement, named, truth, tmp_path):
    words = f"<statement><leftstatement>{statement}</leftstatement></statement>"
    message = codes(write(truth, tmp_path / "x", interpretation=words)).get("leads_off")
    assert (message is None) if named is None else f"in leads {named}." in message


def test_pacemaker_and_reduced_electrodes_are_said(truth, tmp_path):
    path = write(truth, tmp_path / "x", patient="<pacestatus>Paced with magnet</pacestatus>")
    assert "pacemaker" in codes(path)
    easi = edited(write(truth, tmp_path / "y"), "10-WIRE", "EASI")
    assert "V1, V2" in codes(easi)["leads_derived_by_device"]
    derived = tuple("V3d" if name == "V3" else name for name in LEADS)
    some = codes(write(truth, tmp_path / "z", labels=derived))
    assert "leads V3 from" in some["leads_derived_by_device"]


def test_other_places_of_waveforms_are_named(truth, tmp_path):
    for name, match in (("leadwaveforms", "of its own"), ("unparsedwaveforms", "another file")):
        path = write(truth, tmp_path / "x")
        with pytest.raises(UnsupportedFileError, match=match):
            io.read(edited(path, "parsedwaveforms", name))
