"""Choices that only DICOM leaves open: groups, byte order, sample forms, padding, units."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from helpers import synthetic_record
from pydicom import Dataset, Sequence, dcmwrite, uid
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian
from unit.io.files.ecg_files import SHUFFLED, coded, counts_of, dicom_dataset, dicom_group
from unit.io.files.write_dicom import annotation, name_leads, save, waveform, write

from elvmass import io
from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.record import LEADS, Measurements

STEP_MV = 0.0025


def saved(tmp_path: Path, groups: list, **changes: object) -> Path:
    path = tmp_path / "x"
    dataset = dicom_dataset(path, groups)
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(path)
    return path


def expected(truth) -> np.ndarray:
    return np.rint(truth.signal_mv / STEP_MV) * STEP_MV


def test_groups_that_run_together_are_joined(truth, tmp_path):
    parts = [dicom_group(truth, SHUFFLED[k : k + 3], "ORIGINAL") for k in (0, 3, 6, 9)]
    record = io.read(saved(tmp_path, parts))
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)


def test_groups_that_follow_each_other_are_not_joined(truth, tmp_path):
    parts = [dicom_group(truth, SHUFFLED[k : k + 3], "ORIGINAL") for k in (0, 3, 6, 9)]
    for number, part in enumerate(parts):
        part.MultiplexGroupTimeOffset = 2500 * number
    with pytest.raises(UnsupportedFileError, match="one after another"):
        io.read(saved(tmp_path, parts))


def test_of_several_complete_groups_one_is_read(truth, tmp_path):
    other = dicom_group(synthetic_record(250.0, 3.0), LEADS, "ORIGINAL")
    twin = dicom_group(synthetic_record(250.0, 6.0, bpm=50), LEADS, "ORIGINAL")
    record = io.read(saved(tmp_path, [other, dicom_group(truth, LEADS, "ORIGINAL"), twin]))
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)


def test_median_beat_alone_is_refused(truth, tmp_path):
    with pytest.raises(LeadsError, match="derived"):
        io.read(saved(tmp_path, [dicom_group(truth, LEADS, "DERIVED")]))


def test_without_waveform(tmp_path):
    with pytest.raises(UnsupportedFileError, match="without waveforms"):
        io.read(saved(tmp_path, []))


@pytest.mark.parametrize(
    ("bits", "form", "dtype"), [(16, "US", "<u2"), (32, "SL", "<i4"), (32, "UL", "<u4")]
)
def test_sample_forms(bits, form, dtype, truth, tmp_path):
    group = dicom_group(truth, LEADS, "ORIGINAL")
    counts = np.stack([counts_of(truth)[n] for n in LEADS], axis=1)
    shift = 32768 if form.startswith("U") else 0
    group.WaveformData = (counts + shift).astype(dtype).tobytes()
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = bits, form
    del group.WaveformPaddingValue
    for channel in group.ChannelDefinitionSequence:
        channel.ChannelBaseline = f"{-shift * STEP_MV:g}"
    record = io.read(saved(tmp_path, [group]))
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)


@pytest.mark.parametrize("form", ["SB", "UB", "SS", "US", "SL", "UL"])
@pytest.mark.parametrize("syntax", ["implicit", "explicit", "big", "deflated"])
def test_sample_forms_in_every_transfer_syntax(form, syntax, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", syntax=syntax, form=form))
    coarser = 8 if form.endswith("B") else 1
    coarse = np.rint(np.rint(truth.signal_mv / STEP_MV) / coarser) * (STEP_MV * coarser)
    np.testing.assert_allclose(record.signal_mv, coarse, rtol=0, atol=1e-9)
    assert record.notices == ()


@pytest.mark.parametrize(
    ("form", "table"),
    [
        # Bytes of ITU-T G.711 and their values as 16-bit samples.
        ("MB", {0xFF: 0, 0x7F: 0, 0xFE: 8, 0x7E: -8, 0x80: 32124, 0x00: -32124, 0xAF: 4092}),
        ("AB", {0xD5: 8, 0x55: -8, 0xD4: 24, 0xAA: 32256, 0x2A: -32256, 0x85: 4224}),
    ],
)
def test_companded_samples_are_expanded_and_said(form, table, truth, tmp_path):
    group = waveform(truth, names=LEADS, form=form)
    codes = np.tile(np.array(list(table), np.uint8), (400, 1))
    body = np.repeat(codes.reshape(-1, 1), 12, axis=1)
    group.NumberOfWaveformSamples = len(body)
    group.WaveformData = body.tobytes()
    for channel in group.ChannelDefinitionSequence:
        channel.ChannelSensitivity, channel.ChannelSensitivityCorrectionFactor = "0.001", "1"
    record = io.read(write(truth, tmp_path / "x", group=group))
    expected = np.tile(np.array(list(table.values())), 400) / 1000
    np.testing.assert_allclose(record.lead("V3"), expected, rtol=0, atol=1e-9)
    assert "companded_samples" in {notice.code for notice in record.notices}


def test_bits_above_those_stored_are_filled_with_the_sign(truth, tmp_path):
    group = waveform(truth, names=LEADS)
    counts = np.frombuffer(group.WaveformData, "<i2")
    group.WaveformData = (counts & 0x0FFF).astype("<i2").tobytes()
    for channel in group.ChannelDefinitionSequence:
        channel.WaveformBitsStored = 12
    record = io.read(write(truth, tmp_path / "x", group=group))
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)


@pytest.mark.parametrize("change", [-1, 1, 3])
def test_announced_channels_must_fill_the_samples(change, truth, tmp_path):
    group = waveform(truth, names=LEADS)
    group.NumberOfWaveformSamples += change
    with pytest.raises(CorruptFileError):
        io.read(write(truth, tmp_path / "x", group=group))


@pytest.mark.parametrize("form", [(16, "XX"), (64, "SV"), (8, "SS")])
def test_other_sample_forms_are_refused(form, truth, tmp_path):
    group = waveform(truth)
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = form
    with pytest.raises(UnsupportedFileError, match="form"):
        io.read(write(truth, tmp_path / "x", group=group))


@pytest.mark.parametrize(
    "kind",
    [
        uid.TwelveLeadECGWaveformStorage, uid.GeneralECGWaveformStorage,
        uid.General32bitECGWaveformStorage, uid.AmbulatoryECGWaveformStorage,
        uid.HemodynamicWaveformStorage, "1.3.6.1.4.1.99999.1",
    ],
)  # fmt: skip
def test_kinds_that_are_read(kind, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", SOPClassUID=kind))
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (uid.BasicVoiceAudioWaveformStorage, "Basic Voice Audio"),
        (uid.ArterialPulseWaveformStorage, "Arterial Pulse"),
        ("1.2.840.10008.5.1.4.1.1.9.99", "another kind"),
    ],
)
def test_other_kinds_are_refused_by_name(kind, words, truth, tmp_path):
    with pytest.raises(UnsupportedFileError, match=words):
        io.read(write(truth, tmp_path / "x", SOPClassUID=kind))


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"EncapsulatedDocument": b"%PDF-1.7 "}, "document"),
        ({"Rows": 2, "Columns": 2}, "image"),
        ({"DirectoryRecordSequence": Sequence([])}, "directory"),
        ({"ContentSequence": Sequence([])}, "report"),
    ],
)
def test_objects_without_waveforms_are_named(elements, words, tmp_path):
    dataset = dicom_dataset(tmp_path / "x", [])
    del dataset.WaveformSequence
    with pytest.raises(UnsupportedFileError, match=words):
        io.read(save(dataset, tmp_path / "x", **elements))


# Values that the standard forbids, as pydicom says when they are written.
forbidden_values = pytest.mark.filterwarnings("ignore:.* VR:UserWarning")


def renamed(truth, tmp_path, **by_lead):
    group = waveform(truth, names=LEADS)
    name_leads(group, LEADS, by_lead)
    return io.read(write(truth, tmp_path / "x", group=group))


@forbidden_values
@pytest.mark.parametrize(
    "code",
    ["5.6.3-9-5", "2:5", "2:261", "131077", "131333", "MDC_ECG_LEAD_V3", "MDC_ECG_ELEC_POTL_V3"],
)
def test_codes_of_leads(code, truth, tmp_path):
    record = renamed(truth, tmp_path, V3=(code, "?", "misleading V9"))
    np.testing.assert_allclose(record.lead("V3"), expected(truth)[8], rtol=0, atol=1e-9)
    assert record.notices == ()


def test_meaning_of_an_unknown_code_is_used_and_said(truth, tmp_path):
    record = renamed(truth, tmp_path, V3=("X-3", "99LOCAL", "Lead V3"))
    np.testing.assert_allclose(record.lead("V3"), expected(truth)[8], rtol=0, atol=1e-9)
    (notice,) = record.notices
    assert notice.code == "leads_by_text"
    assert "leads V3;" in notice.message


def test_meaning_never_overrules_a_code(truth, tmp_path):
    with pytest.raises(LeadsError, match="V3 missing"):
        renamed(truth, tmp_path, V3=("2:66", "MDC", "Lead V3"))


@pytest.mark.parametrize(("unit", "per_mv"), [("uV", 1e3), ("mV", 1.0), ("V", 1e-3), ("nV", 1e6)])
def test_units(unit, per_mv, truth, tmp_path):
    group = waveform(truth, names=LEADS)
    for channel in group.ChannelDefinitionSequence:
        channel.ChannelSensitivity = f"{STEP_MV * per_mv:g}"
        channel.ChannelSensitivityCorrectionFactor = "1"
        channel.ChannelBaseline = f"{0.1 * per_mv:g}"
        channel.ChannelSensitivityUnitsSequence = coded(unit, "UCUM", "misleading")
    record = io.read(write(truth, tmp_path / "x", group=group))
    np.testing.assert_allclose(record.signal_mv, expected(truth) + 0.1, rtol=0, atol=1e-9)


@pytest.mark.parametrize("element", ["ChannelSensitivity", "ChannelSensitivityUnitsSequence"])
def test_uncalibrated_channels_are_refused(element, truth, tmp_path):
    group = waveform(truth)
    del group.ChannelDefinitionSequence[3][element]
    with pytest.raises(UnsupportedFileError, match="no sensitivity"):
        io.read(write(truth, tmp_path / "x", group=group))


@pytest.mark.parametrize(
    ("element", "value", "readable"),
    [("ChannelSampleSkew", "1", True), ("ChannelSampleSkew", "2", False),
     ("ChannelTimeSkew", "0.003", True), ("ChannelTimeSkew", "0.5", False)],
)  # fmt: skip
def test_skew_of_channels(element, value, readable, truth, tmp_path):
    group = waveform(truth)
    setattr(group.ChannelDefinitionSequence[5], element, value)
    path = write(truth, tmp_path / "x", group=group)
    if readable:
        assert io.read(path).signal_mv.shape == truth.signal_mv.shape
    else:
        with pytest.raises(UnsupportedFileError, match="different times"):
            io.read(path)


@forbidden_values
@pytest.mark.parametrize(
    ("stated", "years", "notices"),
    [
        ("061Y", 61.0, []), ("018M", 1.5, []), ("052W", 52 * 7 / 365.25, []),
        ("61", 61.0, ["age_unit"]), ("000Y", None, []), ("999Y", None, []),
        ("", None, []), ("unknown", None, []),
    ],
)  # fmt: skip
def test_age_strings(stated, years, notices, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", PatientAge=stated))
    assert record.patient.age_years == (None if years is None else pytest.approx(years))
    assert [n.code for n in record.notices if n.code == "age_unit"] == notices


@pytest.mark.parametrize(
    ("stated", "height", "notices"),
    [("1.72", 172.0, []), ("172", 172.0, ["height_unit"]), ("0", None, []), ("", None, [])],
)
def test_heights_in_metres_or_plainly_in_centimetres(stated, height, notices, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", PatientSize=stated))
    assert record.patient.height_cm == (None if height is None else pytest.approx(height))
    assert [n.code for n in record.notices] == notices


def test_annotations_by_code_unit_and_channel(truth, tmp_path):
    def scp(number: str) -> tuple[str, str, str]:
        return number, "SCPECG", "misleading"

    notes = [
        annotation(scp("5.13.5-9"), "60", "ms", channel=2),
        annotation(scp("5.13.5-9"), "92", "ms"),
        annotation(scp("5.13.5-9"), "140", "ms"),
        annotation(("2:16160", "MDC", "QT"), "0.4", "s"),
        annotation(("2:15872", "MDC", "PR"), "160"),
        annotation(scp("5.10.2.1-3"), "800", "ms"),
        annotation(scp("5.10.3-13"), "-61", "ms"),
        annotation(("2:16128", "MDC", "P axis"), "29999", "deg"),
        annotation(scp("5.10.2.5-5"), "0", "ms"),
        Dataset(),
    ]
    path = write(truth, tmp_path / "x", WaveformAnnotationSequence=Sequence(notes))
    assert io.read(path).reported == Measurements(
        rate_bpm=75.0, pr_ms=160.0, qrs_ms=92.0, qt_ms=400.0, qrs_axis_deg=-61.0
    )


def test_filters(truth, tmp_path):
    group = waveform(truth)
    first = group.ChannelDefinitionSequence[0]
    first.FilterLowFrequency, first.FilterHighFrequency = "0.05", "150"
    first.NotchFilterFrequency = "50"
    path = write(truth, tmp_path / "x", group=group)
    assert io.read(path).device_filter == "0.05-150 Hz, notch 50 Hz"


def test_inflation_is_bounded(truth, tmp_path):
    dataset = dicom_dataset(tmp_path / "x", [waveform(truth)])
    dataset.add_new(0x00091001, "OB", bytes(80 * 2**20))
    path = save(dataset, tmp_path / "x", "deflated")
    assert path.stat().st_size < 2**20
    with pytest.raises(UnsupportedFileError, match="expands"):
        io.read(path)


def test_cut_deflated_data_are_refused(truth, tmp_path):
    path = write(truth, tmp_path / "x", syntax="deflated")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CorruptFileError):
        io.read(path)


def test_big_endian(truth, tmp_path):
    path = tmp_path / "x"
    group = dicom_group(truth, LEADS, "ORIGINAL")
    group.WaveformData = np.frombuffer(group.WaveformData, "<i2").astype(">i2").tobytes()
    dataset = dicom_dataset(path, [group])
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dcmwrite(path, dataset)
    np.testing.assert_allclose(io.read(path).signal_mv, expected(truth), rtol=0, atol=1e-9)


def test_bare_data_set_without_preamble(truth, tmp_path):
    path = tmp_path / "x"
    dataset = dicom_dataset(path, [dicom_group(truth, LEADS, "ORIGINAL")])
    del dataset.file_meta
    dataset.preamble = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(path, implicit_vr=True, little_endian=True, enforce_file_format=False)
    np.testing.assert_allclose(io.read(path).signal_mv, expected(truth), rtol=0, atol=1e-9)


def test_implicit_vr(truth, tmp_path):
    path = tmp_path / "x"
    dataset = dicom_dataset(path, [dicom_group(truth, LEADS, "ORIGINAL")])
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(path)
    np.testing.assert_allclose(io.read(path).signal_mv, expected(truth), rtol=0, atol=1e-9)


def test_padding_marks_gaps_only_where_no_ecg_can_be(truth, tmp_path):
    group = dicom_group(truth, LEADS, "ORIGINAL")
    counts = np.frombuffer(group.WaveformData, "<i2").reshape(-1, 12).copy()
    counts[100:110, 0] = -32768
    counts[200, :] = 0
    group.WaveformData = counts.tobytes()
    group.WaveformPaddingValue = b"\0\x80"
    record = io.read(saved(tmp_path, [group]))
    assert np.flatnonzero(np.isnan(record.signal_mv).any(axis=0)).tolist() == list(range(100, 110))
    assert [n.code for n in record.notices] == ["signal_gaps"]


def test_birth_date_gives_the_age_when_none_is_stated(truth, tmp_path):
    group = dicom_group(truth, LEADS, "ORIGINAL")
    path = saved(tmp_path, [group], PatientAge="", PatientBirthDate="19800305")
    assert io.read(path).patient.age_years == 45.0


def test_endless_tiny_elements_are_refused(truth, tmp_path):
    path = write(truth, tmp_path / "x")
    tiny = b"\x09\x00\x10\x00UI\x02\x00ab" * 500_000
    path.write_bytes(path.read_bytes() + tiny)
    with pytest.raises(UnsupportedFileError, match="beside its waveforms"):
        io.read(path)


def test_many_elements_are_damage(truth, tmp_path, monkeypatch):
    from elvmass.io.formats.dicom import elements

    monkeypatch.setattr(elements, "_MAX_READS", 20)
    with pytest.raises(CorruptFileError):
        io.read(write(truth, tmp_path / "x"))


def test_long_waveforms_are_no_reason_to_refuse(tmp_path):
    record = synthetic_record(rate_hz=1000.0, seconds=200.0)
    assert io.read(write(record, tmp_path / "x")).duration_s == 200.0
