"""Preparing the same recording once, however often it is asked about.

An estimate is followed by its reasons, and by others when the patient is corrected: of all that,
nothing changes what is measured in the ECG.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from dataclasses import replace
from hashlib import blake2b
from threading import Lock

from elvmass.card import BeatSpec
from elvmass.choices import SignalOptions
from elvmass.record import Patient, Record
from elvmass.signal.prepare import Prepared, prepare

#: With and without its single beats.
_MOST = 2

_Key = tuple[bytes, BeatSpec, SignalOptions, bool]
_lock = Lock()
_kept: OrderedDict[_Key, Prepared] = OrderedDict()


def prepare_once(
    record: Record, spec: BeatSpec, options: SignalOptions, *, each_beat: bool
) -> Prepared:
    """As :func:`prepare` without the patient; the last results are kept."""
    key = content(record), spec, options, each_beat
    with _lock:
        known = _kept.get(key)
    if known is not None:
        return known
    made = prepare(replace(record, patient=Patient()), spec, options, each_beat=each_beat)
    with _lock:
        _kept[key] = made
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return made


def content(record: Record) -> bytes:
    """Tells recordings apart by all that they hold but the patient.

    Two threads or processes may hold the same recording as different values.
    """
    rest = replace(record, patient=Patient(), signal_mv=record.signal_mv[:, :1])
    digest = blake2b(record.signal_mv.data)
    digest.update(pickle.dumps((record.signal_mv.shape, rest)))
    return digest.digest()
