"""What can be asked of the simulator: channel loadings, planted effects, recording, labels."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Literal, get_args

from elvmass.signal.electrodes import EXCHANGES

Wave = Literal["P", "QRS", "ST", "T", "ST-T"]
Group = Literal["limb", "precordial"]

#: What a heart or a recording may have on request. Of rhythm, at most one of conduction, noise.
RHYTHMS: tuple[str, ...] = ("af",)
CONDUCTIONS: tuple[str, ...] = ("lbbb", "rbbb", "paced")
NOISES: tuple[str, ...] = ("wander", "muscle", "mains", "motion")
#: Electrodes that may be exchanged, names of :data:`elvmass.signal.electrodes.EXCHANGES`.
REVERSALS: tuple[str, ...] = tuple(exchange.name for exchange in EXCHANGES)
CONDITIONS: tuple[str, ...] = (*RHYTHMS, *CONDUCTIONS, *NOISES, *REVERSALS)

#: The seven roads by which hypertrophy reaches the ECG, in the order of the random draws.
CHANNELS: tuple[str, ...] = (
    "voltage", "rotation", "duration", "intrinsicoid", "strain", "atrium", "slur",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loadings:
    """Correlation of each channel with hypertrophy (duration: with size), (men, women).

    Every channel has unit variance whatever its loading is, so a loading of 0 takes the
    information out of the ECG and leaves the distribution of the ECG as it was.

    Attributes
    ----------
    voltage
        QRS size, in all leads and again in V1 to V6.
    rotation
        QRS turned to posterior, left and superior; late forces most.
    duration
        QRS duration.
    intrinsicoid
        Late R peak.
    strain
        ST-T vector against the mean QRS vector.
    atrium
        Terminal P wave to posterior, longer P wave.
    slur
        A mid-QRS slur 7 ms wide, which no rule measures.
    """

    voltage: tuple[float, float] = (0.48, 0.62)
    rotation: tuple[float, float] = (0.58, 0.53)
    duration: tuple[float, float] = (0.28, 0.28)
    intrinsicoid: tuple[float, float] = (0.45, 0.45)
    strain: tuple[float, float] = (0.65, 0.42)
    atrium: tuple[float, float] = (0.35, 0.35)
    slur: tuple[float, float] = (0.74, 0.68)

    def __post_init__(self) -> None:
        for name, pair in asdict(self).items():
            if len(pair) != 2 or not all(-1.0 <= value <= 1.0 for value in pair):
                raise ValueError(f"loading {name} must be two numbers from -1 to 1, not {pair}")

    def only(self, *channels: str) -> Loadings:
        """Switch every other channel off; ``only()`` leaves an ECG that tells nothing."""
        if unknown := set(channels) - set(CHANNELS):
            raise ValueError(f"unknown channels {sorted(unknown)}; there are {CHANNELS}")
        return replace(self, **{name: (0.0, 0.0) for name in CHANNELS if name not in channels})


@dataclass(frozen=True, slots=True)
class Plant:
    """An effect at a known place: one wave in one lead group grows with hypertrophy.

    The gain is ``exp(strength · c)`` with ``c = share · h + √(1 − share²) · e``, e ~ N(0, 1).
    Limb means I and II, and so III, aVR, aVL, aVF, which are computed from them. ST is flat in
    most people, where a gain would show nothing: it is raised by ``strength · c · 0.2 mV``.
    """

    group: Group
    wave: Wave
    strength: float = 0.35
    share: float = 0.95

    def __post_init__(self) -> None:
        if self.group not in get_args(Group) or self.wave not in get_args(Wave):
            raise ValueError(f"there is no cell {self.group!r} × {self.wave!r}")
        if not -1.0 <= self.share <= 1.0:
            raise ValueError(f"share must lie between -1 and 1, not {self.share}")


@dataclass(frozen=True, slots=True)
class Condition:
    """Something of :data:`CONDITIONS` that a share of the subjects has."""

    kind: str
    share: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in CONDITIONS:
            raise ValueError(f"unknown condition {self.kind!r}; there are {CONDITIONS}")
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"the share of {self.kind} must lie from 0 to 1, not {self.share}")


@dataclass(frozen=True, slots=True)
class SimulationOptions:
    """Everything that changes a simulated subject apart from its seed and index.

    Attributes
    ----------
    loadings
        How much each channel knows of hypertrophy; ``Loadings().only()`` for nothing.
    plants
        Planted effects; for a clean test switch the channels off.
    conditions
        Atrial fibrillation, bundle branch block, pacing, exchanged electrodes, excess of noise;
        none by default. Of several kinds of conduction, or of exchanges, that a subject draws,
        the first one given counts.
    noise_scale
        Factor on baseline wander, muscle, electrode and mains noise. Rhythm and breathing stay.
    mains_hz, rate_hz, seconds
        Mains frequency, samples per second and length of the recording.
    label_noise_g
        SD of the reading error added to the label, grams; ``truth["lvm_g"]`` stays exact.
    take
        The same heart recorded again: another take has other rhythm and noise.
    """

    loadings: Loadings = Loadings()
    plants: tuple[Plant, ...] = ()
    conditions: tuple[Condition, ...] = ()
    noise_scale: float = 1.0
    mains_hz: float = 60.0
    rate_hz: float = 500.0
    seconds: float = 10.0
    label_noise_g: float = 0.0
    take: int = 0

    def __post_init__(self) -> None:
        if self.noise_scale < 0 or self.label_noise_g < 0 or self.take < 0:
            raise ValueError("noise_scale, label_noise_g and take cannot be negative")
        if not (250.0 <= self.rate_hz <= 2000.0 and 2.0 <= self.seconds <= 300.0):
            raise ValueError("the simulator makes 2 to 300 s at 250 to 2000 samples per second")
        if not 0 < self.mains_hz < self.rate_hz / 2:
            raise ValueError(f"mains_hz must lie between 0 and {self.rate_hz / 2:g}")


#: A real resting ECG, as far as the simulator goes.
DEFAULT_OPTIONS = SimulationOptions()
