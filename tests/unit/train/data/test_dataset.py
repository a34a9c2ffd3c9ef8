from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import synthetic_record
from unit.train.toy_cohort import toy_cohort

from elvmass import io
from elvmass.beat import Beat
from elvmass.card import INPUT_SETS, BeatSpec
from elvmass.errors import Cancelled, CohortError, LeadsError, SignalError
from elvmass.model.inputs import ALL_SCALARS, collect_scalars, model_inputs
from elvmass.record import Notice, Patient, Sex
from elvmass.signal.prepare import prepare
from elvmass.train.cross_validation.fold import train_fold
from elvmass.train.data import prepare_cohort
from elvmass.train.data.dataset import check_table, read_table
from elvmass.train.data.ecg_cache import EcgCache, sources
from elvmass.train.data.folds import Split
from elvmass.train.data.prepare_cohort import load_cohort
from elvmass.train.settings.config import load_config

HEADER = "path,patient,lvm_g,sex,age_years,height_cm,weight_kg,qrs_ms,truth_h\n"
SPEC = BeatSpec()


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Three ECGs behind a reader that knows records by file name."""
    records = {
        "a.ecg": synthetic_record(bpm=60),
        "b.ecg": replace(synthetic_record(bpm=80), patient=Patient(sex=Sex.FEMALE)),
        "c.ecg": synthetic_record(bpm=100),
        "d.ecg": synthetic_record(bpm=60),
        "e.ecg": synthetic_record(bpm=80),
    }
    for name in records:
        (tmp_path / name).write_text(name)

    def read(path):
        if path.name == "c.ecg":
            raise LeadsError(path, "lead V3 is missing", "Export all twelve leads")
        return records[path.name]

    monkeypatch.setattr(prepare_cohort, "read", read)
    path = tmp_path / "cohort.csv"
    path.write_text(
        HEADER
        + "a.ecg,P1,120,,,,,,0.3\n"
        + "b.ecg,P2,90.5,male,55,180,,111,0.1\n"
        + "c.ecg,P3,100,,,,,,0.2\n"
    )
    return path


def test_rows_become_arrays_and_refusals_are_listed(table):
    cohort = load_cohort(table, SPEC)
    assert len(cohort) == 2
    assert cohort.beats_mv.shape == (2, 12, 250)
    assert cohort.patients == ("P1", "P2")
    assert cohort.lines == (2, 3)
    np.testing.assert_array_equal(cohort.lvm_g, [120.0, 90.5])
    (refused,) = cohort.refused
    assert (refused.line, refused.path.name, refused.step) == (4, "c.ecg", "leads")
    assert "V3" in refused.reason
    assert "c.ecg" not in refused.reason  # a file name may name a patient


def test_waveforms_stay_with_their_rows_where_rows_before_them_are_refused(table):
    whole = load_cohort(table, SPEC)
    header, a, b, c = table.read_text().splitlines()
    table.write_text("\n".join([header, c, b, a]))
    turned = load_cohort(table, SPEC)
    assert turned.patients == ("P2", "P1")
    np.testing.assert_array_equal(turned.beats_mv, whole.beats_mv[::-1])


def test_the_table_wins_over_the_file_and_gaps_stay_with_the_file(table):
    cohort = load_cohort(table, SPEC)
    at = {name: k for k, name in enumerate(ALL_SCALARS)}
    assert cohort.scalars[0, at["age_years"]] == 61.0  # from the file
    assert cohort.scalars[1, at["sex_male"]] == 1.0  # table: male, file: female
    assert cohort.scalars[1, at["height_cm"]] == 180.0
    assert np.isnan(cohort.scalars[1, at["weight_kg"]])  # neither knows
    assert cohort.scalars[1, at["qrs_ms"]] == 111.0  # table, before device
    assert cohort.scalars[0, at["qrs_ms"]] == 92.0  # device


def test_training_and_use_give_the_network_the_same_bits(table):
    """The road of a cohort row and the road of a single record end in equal inputs."""
    config = load_config(
        name="x", trained_on="x", simulated=True, epochs=1, channels=2, levels=1, precision="fp32"
    )
    cohort = load_cohort(table, SPEC)
    both = np.arange(2)
    result = train_fold(cohort, config, Split(both, both, both), 0)
    seen = []
    result.fold.net.register_forward_pre_hook(lambda net, args: seen.append(args))
    from elvmass.model.estimate import predict_fold
    from elvmass.model.inputs import features

    values = cohort.columns(INPUT_SETS["model2"])
    predict_fold(result.fold, cohort.beats_mv, features(values, result.fold.spec))
    record = synthetic_record(bpm=60)
    prepared = prepare(record, SPEC)
    scalars = collect_scalars(record, prepared.measured)
    inputs = model_inputs(prepared.beat, scalars, result.fold.spec)
    waveform, feature = (t.numpy() for t in seen[0])
    np.testing.assert_array_equal(waveform[0], inputs.waveform)
    np.testing.assert_array_equal(feature[0], inputs.features)


def test_a_second_run_prepares_nothing(table, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    first = load_cohort(table, SPEC, cache=cache)
    monkeypatch.setattr(prepare_cohort, "prepare_ecg", None)  # would fail if it were needed
    again = load_cohort(table, SPEC, cache=cache)
    np.testing.assert_array_equal(first.beats_mv, again.beats_mv)
    np.testing.assert_array_equal(first.scalars, again.scalars)
    assert (first.patients, first.lines, first.flow) == (again.patients, again.lines, again.flow)
    with pytest.raises(TypeError):
        load_cohort(table, replace(SPEC, rate_hz=500.0), cache=cache)


def test_what_is_kept_belongs_to_the_content_of_a_file(table, tmp_path, monkeypatch):
    cache, made = tmp_path / "cache", []
    load_cohort(table, SPEC, cache=cache)
    prepare_ecg = prepare_cohort.prepare_ecg

    def watched(path, spec):
        made.append(path.name)
        return prepare_ecg(path, spec)

    monkeypatch.setattr(prepare_cohort, "prepare_ecg", watched)
    table.write_text(table.read_text().replace("90.5", "91.5"))  # the table is not the ECG
    (tmp_path / "a.ecg").rename(tmp_path / "a2.ecg")
    table.write_text(table.read_text().replace("a.ecg", "a2.ecg"))
    assert load_cohort(table, SPEC, cache=cache).lvm_g.tolist() == [120.0, 91.5]
    assert made == []
    (tmp_path / "b.ecg").write_text("another export")
    load_cohort(table, SPEC, cache=cache)
    assert made == ["b.ecg"]


def test_an_interrupted_preparation_goes_on_where_it_stopped(table, tmp_path, monkeypatch):
    cache, read = tmp_path / "cache", []

    def stop(text, fraction):
        raise Cancelled

    with pytest.raises(Cancelled):
        load_cohort(table, SPEC, cache=cache, progress=stop)
    before = prepare_cohort.read
    monkeypatch.setattr(prepare_cohort, "read", lambda path: read.append(path.name) or before(path))
    told = []
    load_cohort(table, SPEC, cache=cache, progress=lambda text, done: told.append(text))
    assert read == ["b.ecg", "c.ecg"]
    assert told == ["reading ECG 2 of 3", "reading ECG 3 of 3"]


def test_a_damaged_entry_is_made_again(table, tmp_path):
    cache = tmp_path / "cache"
    first = load_cohort(table, SPEC, cache=cache)
    for entry in cache.rglob("*.safetensors"):
        entry.write_bytes(entry.read_bytes()[:40])
    again = load_cohort(table, SPEC, cache=cache)
    np.testing.assert_array_equal(first.beats_mv, again.beats_mv)
    assert first.flow == again.flow


def test_all_files_of_a_wfdb_record_count(tmp_path):
    cache = EcgCache(tmp_path / "cache", SPEC)
    (tmp_path / "r.hea").write_text("r/2 12 500 5000\nr_1 5000\n")
    (tmp_path / "r_1.hea").write_text("r_1 12 500 5000\nr_1.dat 16 200 16 0 0 0 0 I\n")
    (tmp_path / "r_1.dat").write_bytes(b"1")
    (tmp_path / "other.dat").write_bytes(b"1")
    keys = {cache.key(tmp_path / name) for name in ("r", "r.hea")}
    assert len(keys) == 1
    (tmp_path / "other.dat").write_bytes(b"2")
    assert {cache.key(tmp_path / "r")} == keys
    (tmp_path / "r_1.dat").write_bytes(b"2")
    assert {cache.key(tmp_path / "r")} != keys


def test_what_is_kept_depends_on_the_readers_of_all_formats():
    formats = Path(str(io.__file__)).with_name("formats")
    known = {
        source.relative_to(formats).parts[0] for source in sources() if formats in source.parents
    }
    assert {row.module for row in io.FORMATS} <= {name.removesuffix(".py") for name in known}


def test_a_cache_that_cannot_be_written_is_an_error(table, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(CohortError, match="--no-cache"):
        load_cohort(table, SPEC, cache=tmp_path / "cache")


def test_signal_refusals_are_listed_too(table, monkeypatch):
    def refuse(record, spec) -> Beat:
        raise SignalError("No complete heartbeat.")

    monkeypatch.setattr(prepare_cohort, "prepare", refuse)
    with pytest.raises(CohortError, match="No ECG of the cohort can be used"):
        load_cohort(table, SPEC)


def test_what_the_study_excluded_is_left_out_by_default(table, monkeypatch):
    def noticed(record, spec):
        found = prepare(record, spec)
        return replace(found, notices=(Notice("pacing_suspected", "Paced."),))

    monkeypatch.setattr(prepare_cohort, "prepare", noticed)
    with pytest.raises(CohortError, match="paced"):
        load_cohort(table, SPEC)
    kept = load_cohort(table, SPEC, excluding=False)
    assert kept.lines == (2, 3)
    assert not kept.flow.excluding


def test_of_several_ecgs_the_closest_to_imaging_is_analysed(table):
    """The synthetic records say 2026-03-04 themselves; the table may say otherwise."""
    recorded = synthetic_record().recorded_at.date().isoformat()
    table.write_text(
        "path,patient,lvm_g,ecg_date,imaging_date\n"
        f"a.ecg,P1,120,,{recorded}\n"
        f"b.ecg,P1,120,2001-01-01,{recorded}\n"
        f"d.ecg,P2,130,2001-01-01,2001-02-01\n"
        f"e.ecg,P2,130,2001-01-30,2001-02-01\n"
    )
    cohort = load_cohort(table, SPEC)
    assert cohort.lines == (2, 5)
    assert [r.step for r in cohort.refused] == ["imaging", "imaging"]


def test_progress_can_cancel(table):
    class Stop(Exception):
        pass

    def progress(text, fraction):
        assert 0 < fraction <= 1
        raise Stop

    with pytest.raises(Stop):
        load_cohort(table, SPEC, progress=progress)


def test_every_bad_row_is_named(tmp_path):
    for name in ("a.ecg", "b.ecg"):
        (tmp_path / name).write_text("x")
    rows = [
        "a.ecg,P1,120,,,,,,",
        "missing.ecg,P2,120,,,,,,",
        "a.ecg,,120,,,,,,",
        "a.ecg,P4,heavy,,,,,,",
        "a.ecg,P5,-3,,,,,,",
        "a.ecg,P6,120,unknown,,,,,",
        "a.ecg,P7,120,male,nan,,,,",
        "a.ecg,P8,120,,,,,,,5 March,",
        "b.ecg,P9,120,,,,,,,2024-03-05,2024-03-06",
        "b.ecg,P9,121,,,,,,,2024-03-05,2024-03-06",
    ]
    table = tmp_path / "cohort.csv"
    table.write_text(HEADER.strip() + ",ecg_date,imaging_date\n" + "\n".join(rows))
    with pytest.raises(CohortError, match="8 bad rows") as error:
        read_table(table)
    text = str(error.value)
    for line, words in (
        (3, "no file"),
        (4, "patient is empty"),
        (5, "not a number"),
        (6, "not a left ventricular mass"),
        (7, "neither"),
        (8, "age_years is nan"),
        (9, "'5 March' is not a date"),
        (11, "another lvm_g on line 10"),
    ):
        assert f"line {line}: " in text
        assert words in text
    assert "line 2:" not in text


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("height_cm", "-170", "height_cm -170 is not within 100 to 250 cm"),
        ("height_cm", "1.75", "height_cm 1.75 is not within 100 to 250 cm"),
        ("weight_kg", "9999", "weight_kg 9999 is not within 20 to 350 kg"),
        ("age_years", "121", "age_years 121 is not within 0 to 120 years"),
    ],
)
def test_what_no_person_has_makes_a_bad_row(tmp_path, column, value, words):
    (tmp_path / "a.ecg").write_text("x")
    table = tmp_path / "cohort.csv"
    table.write_text(f"path,patient,lvm_g,{column}\na.ecg,P1,120,{value}\na.ecg,P1,120,\n")
    rows, bad = check_table(table)
    assert [row.line for row in rows] == [3]
    assert bad == ((2, words),)


def test_one_file_belongs_to_one_patient(tmp_path):
    (tmp_path / "a.ecg").write_text("x")
    table = tmp_path / "cohort.csv"
    table.write_text("path,patient,lvm_g\na.ecg,P1,120\na.ecg,P1,120\na.ecg,P2,90\n")
    rows, bad = check_table(table)
    assert [row.line for row in rows] == [2, 3]
    assert bad == ((4, "the same file is another patient's on line 2"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [("path,patient\n", "lacks the column lvm_g"), (HEADER, "no rows"), ("", "lacks the column")],
)
def test_unusable_tables(tmp_path, text, message):
    table = tmp_path / "cohort.csv"
    table.write_text(text)
    with pytest.raises(CohortError, match=message):
        read_table(table)


def test_missing_table(tmp_path):
    with pytest.raises(CohortError, match="cannot be read"):
        read_table(tmp_path / "none.csv")


def test_wfdb_records_may_be_named_without_suffix(tmp_path):
    (tmp_path / "r1.hea").write_text("x")
    table = tmp_path / "cohort.csv"
    table.write_text("path,patient,lvm_g\nr1,P,100\n")
    (row,) = read_table(table)
    assert row.path == tmp_path / "r1"


def test_groups_by_sex_leave_out_who_is_unknown():
    cohort = toy_cohort(40)
    cohort.scalars[0, ALL_SCALARS.index("sex_male")] = np.nan
    male, female = cohort.of_sex("male"), cohort.of_sex("female")
    assert male.sum() + female.sum() == 39
    assert not (male & female).any()
    assert not male[0]
    for everybody in ("pooled", "all"):
        assert cohort.of_sex(everybody).all()
    with pytest.raises(KeyError):
        cohort.of_sex("men")
