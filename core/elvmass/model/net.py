"""The networks by name, and the one way to build them.

A network's settings are a frozen dataclass; which class of settings it is decides which network is
built, so settings and network cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from elvmass.model.nets.base import MassNet, NetSettings
from elvmass.model.nets.efficientnet import EfficientNet1d, EfficientNetConfig
from elvmass.model.nets.fcn import FcnConfig, FcnNet
from elvmass.model.nets.imported import ImportedConfig, ImportedNet
from elvmass.model.nets.lvm_ai import LvmAiConfig, LvmAiNet
from elvmass.model.nets.tcn import ELVMassNet, NetConfig
from elvmass.model.nets.tcn_published import PublishedConfig, PublishedNet

__all__ = ["ARCHITECTURES", "Architecture", "ELVMassNet", "MassNet", "NetConfig", "NetSettings",
           "architecture_of", "build_net"]  # fmt: skip


class Architecture(NamedTuple):
    """The settings of a network and the network that they build."""

    settings: type[NetSettings]
    net: Callable[[Any], MassNet]


#: Name in bundles and training configurations.
ARCHITECTURES: dict[str, Architecture] = {
    "tcn": Architecture(NetConfig, ELVMassNet),
    "tcn_published": Architecture(PublishedConfig, PublishedNet),
    "efficientnet1d": Architecture(EfficientNetConfig, EfficientNet1d),
    "lvm_ai": Architecture(LvmAiConfig, LvmAiNet),
    "fcn": Architecture(FcnConfig, FcnNet),
    "imported": Architecture(ImportedConfig, ImportedNet),
}


def build_net(config: NetSettings) -> MassNet:
    """Build the network of these settings, with random weights (torch's generator)."""
    return ARCHITECTURES[architecture_of(config)].net(config)


def architecture_of(config: NetSettings) -> str:
    """Key of :data:`ARCHITECTURES` of these settings."""
    return next(name for name, a in ARCHITECTURES.items() if a.settings is type(config))
