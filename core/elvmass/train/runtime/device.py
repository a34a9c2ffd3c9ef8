"""Where a network is trained and in which precision."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from elvmass.errors import ConfigError


def resolve_device(wanted: str) -> torch.device:
    """Return the device of "auto", "cpu" or "cuda"; each process of torchrun has its own GPU.

    Raises
    ------
    ConfigError
        If a GPU is asked for where torch sees none.
    """
    seen = torch.cuda.is_available()
    if wanted == "cuda" and not seen:
        raise ConfigError(
            "torch sees no GPU: install a torch with CUDA and its driver, or use --device cpu."
        )
    if wanted == "cpu" or not seen:
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))


def resolve_precision(wanted: str, device: torch.device) -> str:
    """Return "bf16" or "fp32"; "auto" asks whether the device multiplies bf16 natively."""
    if wanted != "auto":
        return wanted
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        native = cpu_multiplies_bf16()
    return "bf16" if native else "fp32"


def cpu_multiplies_bf16() -> bool:
    """Whether this CPU has AVX512-BF16 or AMX; elsewhere bf16 may be slower than fp32."""
    known: list[Callable[[], bool]] = [
        getattr(torch.cpu, name)
        for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        if hasattr(torch.cpu, name)
    ]
    if any(ask() for ask in known):
        return True
    flags = Path("/proc/cpuinfo")
    text = flags.read_text(encoding="ascii", errors="replace") if flags.is_file() else ""
    return "avx512_bf16" in text or "amx_bf16" in text


@contextmanager
def seeded(seed: int, device: torch.device, threads: int) -> Iterator[None]:
    """Seed torch and make it repeatable; leave its random state and threads as they were."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    gpus = [device] if device.type == "cuda" else []
    try:
        with (
            torch.random.fork_rng(devices=gpus),
            torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True),
        ):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(before)


def random_state(device: torch.device) -> dict[str, torch.Tensor]:
    """State of torch's generators that a training on ``device`` uses."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def set_random_state(states: dict[str, torch.Tensor], device: torch.device) -> None:
    """Go back to what :func:`random_state` returned."""
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states["cuda"], device)
