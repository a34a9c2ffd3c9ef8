"""MFER: definitions and their scope, sample types, frames, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import synthetic_record
from unit.io.files.write_mfer import CODES, TYPES, counts, definition, write

from elvmass import io
from elvmass.errors import CorruptFileError, FileError, LeadsError, UnsupportedFileError
from elvmass.record import LEADS, Record, Sex

EIGHT = ("V6", "I", "V1", "V3", "II", "V2", "V5", "V4")


def stored_mv(record: Record, data_type: int = 0) -> np.ndarray:
    stored, mv_per_count = counts(record, data_type)
    return stored * mv_per_count


def other_frame(seconds: float, *head: bytes, cut: int = 0) -> bytes:
    """Twelve channels of ones, big endian; ``head`` redefines what holds for them."""
    n = round(250 * seconds)
    data = np.ones(12 * n, ">i2").tobytes()
    return b"".join(head) + definition(4, n.to_bytes(4, "big")) + definition(0x1E, data[cut:])


@pytest.mark.parametrize("little", [False, True])
@pytest.mark.parametrize("data_type", TYPES)
def test_sample_types_in_both_byte_orders(data_type, little, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", data_type=data_type, little=little))
    np.testing.assert_allclose(record.signal_mv, stored_mv(truth, data_type), rtol=0, atol=1e-9)
    assert record.rate_hz == truth.rate_hz
    assert record.notices == ()


def test_facts(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x"))
    patient = record.patient
    assert (patient.sex, patient.age_years, patient.id) == (Sex.MALE, 61.0, "T-1")
    assert patient.name == "Secretname, Case"
    assert record.recorded_at == truth.recorded_at
    assert record.source.format == "MFER"
    assert record.source.device == "Maker M 1"
    assert record.device_filter == "0.05-150 Hz"


@pytest.mark.parametrize("options", [{"indefinite": True}, {"preamble": False}, {"sequences": 6}])
def test_other_ways_to_say_the_same(options, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", **options))
    np.testing.assert_array_equal(record.signal_mv, io.read(write(truth, tmp_path / "y")).signal_mv)
    assert record.patient == io.read(tmp_path / "y").patient


def test_limb_leads_are_computed(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", names=EIGHT))
    stored = stored_mv(truth)
    assert record.derived_leads == ("III", "aVR", "aVL", "aVF")
    np.testing.assert_allclose(record.lead("V6"), stored[11], atol=1e-9)
    np.testing.assert_allclose(record.lead("aVF"), stored[1] - stored[0] / 2, atol=1e-9)


@pytest.mark.parametrize(
    ("interval", "rate_hz"),
    [
        (b"\0\0\1\xf4", 500.0),
        (b"\0\2\5", 500.0),
        (b"\0\0\xfa", 250.0),
        (b"\1\xfd\4", 250.0),
        (b"\1\xfa\x0f\xa0", 250.0),
    ],
)
def test_rate_as_frequency_or_interval(interval, rate_hz, truth, tmp_path):
    path = write(truth, tmp_path / "x", before=definition(11, interval))
    assert io.read(path).rate_hz == rate_hz


def test_unstated_rate_is_the_standard_s(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", before=definition(11, b"")))
    assert record.rate_hz == 1000.0
    assert "sampling_rate_default" in {notice.code for notice in record.notices}


def test_channel_wins_over_what_holds_for_all(truth, tmp_path):
    own = definition(0x3F, definition(12, b"\0\xf8\1\xf4"), LEADS.index("V2"))
    record = io.read(write(truth, tmp_path / "x", before=own))
    np.testing.assert_allclose(record.lead("V2"), 2 * stored_mv(truth)[7], atol=1e-9)
    np.testing.assert_allclose(record.lead("V3"), stored_mv(truth)[8], atol=1e-9)


def test_channels_of_other_kind_and_length_are_passed_over(truth, tmp_path):
    """Twelve leads beside a status channel of 8 bits and a third of the samples."""
    n = truth.signal_mv.shape[1]
    leads = (stored_mv(truth) / 0.0025).round().astype(">i2")
    attributes = definition(5, bytes((13,)))
    for channel, name in enumerate(LEADS):
        attributes += definition(0x3F, definition(9, bytes((CODES[name],))), channel)
    attributes += definition(
        0x3F,
        definition(9, b"\x10\x40") + definition(10, b"\3")
        + definition(4, (n // 6).to_bytes(2, "big")) + definition(11, b"\1\xfd\x0c"),
        12,
    )  # fmt: skip
    data = b"".join(
        leads[:, half * n // 2 : (half + 1) * n // 2].tobytes() + b"\7" * (n // 6)
        for half in range(2)
    )
    head = definition(4, (n // 2).to_bytes(2, "big")) + definition(6, b"\2")
    frame = definition(0x67, attributes) + head + definition(0x1E, data)
    path = write(truth, tmp_path / "x", waveform=9, after=definition(8, b"\1") + frame)
    np.testing.assert_allclose(io.read(path).signal_mv, stored_mv(truth), rtol=0, atol=1e-9)


def test_new_channel_count_ends_channel_definitions(truth, tmp_path):
    path = write(truth, tmp_path / "x", before=definition(5, b"\x0c"))
    with pytest.raises(LeadsError, match="no rhythm"):
        io.read(path)


def test_null_value_is_a_gap(truth, tmp_path):
    stored, _ = counts(truth)
    value = int(stored[1, 100])
    null = definition(0x12, (value % 65536).to_bytes(2, "big"))
    record = io.read(write(truth, tmp_path / "x", before=null))
    np.testing.assert_array_equal(np.isnan(record.signal_mv), stored == value)


def test_offset_shifts(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", before=definition(13, b"\xff\xce")))
    np.testing.assert_allclose(record.signal_mv, stored_mv(truth) - 0.125, rtol=0, atol=1e-9)


def test_unknown_lead_is_named_or_missing(truth, tmp_path):
    def renamed(value: bytes) -> bytes:
        return definition(0x3F, definition(9, value), LEADS.index("V4"))

    named = io.read(write(truth, tmp_path / "x", before=renamed(b"\0\0V4\0")))
    np.testing.assert_allclose(named.signal_mv, stored_mv(truth), rtol=0, atol=1e-9)
    for other in (b"\0", b"\0\0", b"\0\0ECG1", b"\x41", b"\x10\x46"):
        with pytest.raises(LeadsError, match=r"V4 missing"):
            io.read(write(truth, tmp_path / "x", before=renamed(other)))


@pytest.mark.parametrize("beat", [8, 9])
def test_beats_are_never_taken(beat, truth, tmp_path):
    first = other_frame(9.0, definition(8, bytes((beat,))))
    n = truth.signal_mv.shape[1].to_bytes(4, "big")
    path = write(
        truth,
        tmp_path / "x",
        before=first + definition(8, b"\1") + definition(4, n),
        after=other_frame(30.0, definition(8, bytes((beat,)))),
    )
    np.testing.assert_allclose(io.read(path).signal_mv, stored_mv(truth), rtol=0, atol=1e-9)
    with pytest.raises(LeadsError):
        io.read(write(truth, tmp_path / "x", waveform=beat))


def test_standard_recording_before_monitoring(truth, tmp_path):
    path = write(truth, tmp_path / "x", after=other_frame(30.0, definition(8, b"\x14")))
    assert io.read(path).duration_s == truth.duration_s
    assert io.read(write(truth, tmp_path / "x", waveform=20)).duration_s == truth.duration_s


def test_other_waveforms_are_no_ecg(truth, tmp_path):
    with pytest.raises(LeadsError):
        io.read(write(truth, tmp_path / "x", waveform=40))


@pytest.mark.parametrize("frames", [2, 5])
def test_frames_are_joined(frames, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", frames=frames, sequences=3))
    np.testing.assert_allclose(record.signal_mv, stored_mv(truth), rtol=0, atol=1e-9)


def test_pauses_between_frames_are_refused(truth, tmp_path):
    n = truth.signal_mv.shape[1]
    for pointer in (n - 1, n + 250, 0):
        later = definition(7, pointer.to_bytes(4, "big")) + other_frame(6.0)
        with pytest.raises(UnsupportedFileError, match="pauses"):
            io.read(write(truth, tmp_path / "x", after=later))


def test_recordings_of_another_time_are_not_joined(truth, tmp_path):
    later = definition(0x85, b"\x07\xea\3\4\x0c\0\0")
    record = io.read(write(truth, tmp_path / "x", after=other_frame(8.0, later)))
    assert record.duration_s == 8.0
    assert record.recorded_at is not None
    assert record.recorded_at.hour == 12
    assert "several_recordings" in {notice.code for notice in record.notices}


@pytest.mark.parametrize(
    "head",
    [
        definition(14, b"\0\1\0\0\0\7\0\0\0\7"),
        definition(10, b"\x09"),
        definition(12, b""),
        definition(12, b"\1\xfd\1"),
        definition(11, b"\2\xfd\1"),
        definition(0x3F, definition(11, b"\1\xfd\1"), 3),
        definition(0x3F, definition(6, b"\2"), 3),
    ],
    ids=["compressed", "differences", "no volts", "mmHg", "metres", "rates", "sequences"],
)
def test_features_that_are_not_read(head, truth, tmp_path):
    with pytest.raises(UnsupportedFileError):
        io.read(write(truth, tmp_path / "x", before=head))


@pytest.mark.parametrize(
    "head",
    [
        definition(6, b"\2"),
        definition(4, b"\x05\xdb"),
        definition(4, b"\xff\xff\xff\xff"),
        definition(4, b"\0"),
        definition(5, b"\0"),
        definition(5, b"\xff\xff\xff\xff"),
        definition(10, b"\x0a"),
        definition(11, b"\1\xfd\0"),
        definition(12, b"\0\xfa\0"),
        definition(12, b"\0"),
        b"\x04\x80\0\0",
        b"\x3f\x03\x80" + definition(9, b"\1"),
        definition(0x67, b"") * 2 + b"\x67\x80" * 5000,
        definition(2, b"\1\5\0") * 200_001,
        b"\x3f" + b"\xff" * 100_000,
        definition(1, b"\2"),
        definition(0x67, b"\x80\0"),
        b"\x80\0",
    ],
)
def test_damaged_definitions(head, truth, tmp_path):
    with pytest.raises(CorruptFileError):
        io.read(write(truth, tmp_path / "x", before=head))


def test_length_must_be_the_announced_one(truth, tmp_path):
    n = truth.signal_mv.shape[1]
    for wrong in (n - 1, n + 1, 2 * n):
        head = definition(4, wrong.to_bytes(4, "big"))
        with pytest.raises(CorruptFileError):
            io.read(write(truth, tmp_path / "x", before=head))
    with pytest.raises(CorruptFileError):
        io.read(write(truth, tmp_path / "x", after=other_frame(9.0, cut=2)))


def test_channel_numbers_beyond_127(truth, tmp_path):
    far = definition(0x3F, definition(9, b"\1"), 0x81, 0x49)
    path = write(truth, tmp_path / "x", before=far)
    np.testing.assert_allclose(io.read(path).signal_mv, stored_mv(truth), rtol=0, atol=1e-9)


def test_zeros_between_definitions_are_empty(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", before=b"\0" * 3_000_001))
    np.testing.assert_allclose(record.signal_mv, stored_mv(truth), rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("page", "name"),
    [("UTF-16LE", "utf-16-le"), ("JIS X 0208", "iso2022_jp"), ("Shift_JIS", "shift_jis")],
)
def test_names_in_their_code_page(page, name, truth, tmp_path):
    head = definition(3, page.encode() + b"\0") + definition(
        0x81, "山田^ヤマダ^太郎^タロウ".encode(name) + "\0".encode(name)
    )
    assert io.read(write(truth, tmp_path / "x", before=head)).patient.name == "山田, 太郎"


def test_unknown_code_page_spares_the_rest(truth, tmp_path):
    head = definition(3, b"EBCDIC \xff") + definition(0x82, b"M\xe9")
    assert io.read(write(truth, tmp_path / "x", before=head)).patient.id == "Mé"


@pytest.mark.parametrize(
    ("age", "years"),
    [
        (b"\xff" * 7, None),
        (b"\0" * 7, None),
        (b"\0\0\0\x07\xac\3\4", 62.0),
        (b"\0\0\x64\0\0\0\0", pytest.approx(100 / 365.25)),
        (b"\x3d", 61.0),
        (b"", None),
    ],
)
def test_ages_and_markers_of_missing_ones(age, years, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", before=definition(0x83, age)))
    assert record.patient.age_years == years


def test_missing_facts(truth, tmp_path):
    head = definition(0x84, b"\0") + definition(0x85, b"") + definition(0x81, b"\0\0")
    record = io.read(write(truth, tmp_path / "x", before=head + definition(0x82, b"\0")))
    patient = record.patient
    assert (patient.sex, patient.name, patient.id, record.recorded_at) == (None,) * 4


@pytest.mark.parametrize("tenths", range(1, 10))
def test_cut_files_are_damaged(tenths, tmp_path):
    path = write(synthetic_record(250.0, 2.0), tmp_path / "x", frames=2)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * tenths // 10])
    with pytest.raises(FileError) as caught:
        io.read(path)
    assert "Secretname" not in str(caught.value)
