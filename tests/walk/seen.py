"""What is on the screen, as a screen reader is told it (AT-SPI)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

Ref = tuple[str, str]
_ROOT: Ref = ("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
_ACCESSIBLE, _COMPONENT = "org.a11y.atspi.Accessible", "org.a11y.atspi.Component"
_PROPERTIES, _TEXT = "org.freedesktop.DBus.Properties", "org.a11y.atspi.Text"
_SHOWING, _SENSITIVE, _CHECKED, _FOCUSED = 25, 24, 4, 12
#: Their insides are seen only when they are open, and then in a window of their own.
_CLOSED = ("menu bar", "combo box")


@dataclass(frozen=True, slots=True)
class Node:
    """A widget in sight. ``text`` is what a text field holds; ``box`` is in pixels."""

    role: str
    name: str
    text: str
    states: int
    box: tuple[int, int, int, int]
    ref: Ref

    def has(self, state: int) -> bool:
        return bool(self.states >> state & 1)

    @property
    def enabled(self) -> bool:
        return self.has(_SENSITIVE)

    @property
    def checked(self) -> bool:
        return self.has(_CHECKED)

    @property
    def centre(self) -> tuple[float, float]:
        x, y, width, height = self.box
        return x + width / 2, y + height / 2


class Seen:
    """The windows of the program.

    Parameters
    ----------
    session_bus
        Address of the bus of the desktop.
    """

    def __init__(self, session_bus: str) -> None:
        with open_dbus_connection(bus=session_bus) as bus:
            at = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
            address = bus.send_and_get_reply(new_method_call(at, "GetAddress")).body[0]
        self._bus: DBusConnection = open_dbus_connection(bus=address)

    def windows(self) -> list[Node]:
        """Every window in sight."""
        programs = self._children([_ROOT])[0]
        return [n for refs in self._children(programs) for n in self._nodes(refs)]

    def nodes(self, window: str = "") -> Iterator[Node]:
        """All widgets in sight of the windows whose title matches, level by level."""
        level = [n for n in self.windows() if re.search(window, n.name)]
        while level:
            yield from level
            inside = self._children([n.ref for n in level if n.role not in _CLOSED])
            level = self._nodes([ref for refs in inside for ref in refs])

    def again(self, node: Node) -> Node | None:
        """The same widget as it is now; None if it is no longer in sight."""
        return next(iter(self._nodes([node.ref])), None)

    def description(self, node: Node) -> str:
        """What a screen reader adds to the name."""
        (said,) = self._ask([_property(node.ref, "Description")])
        return str(said[0][1]) if said else ""

    def _children(self, refs: Sequence[Ref]) -> list[list[Ref]]:
        found = self._ask([_call(ref, _ACCESSIBLE, "GetChildren") for ref in refs])
        return [list(body[0]) if body else [] for body in found]

    def _nodes(self, refs: Sequence[Ref]) -> list[Node]:
        states = self._ask([_call(ref, _ACCESSIBLE, "GetState") for ref in refs])
        bits = {r: b[0][0] | b[0][1] << 32 for r, b in zip(refs, states, strict=True) if b}
        shown = [ref for ref, bit in bits.items() if bit >> _SHOWING & 1]
        names = self._ask([_property(ref, "Name") for ref in shown])
        roles = self._ask([_call(ref, _ACCESSIBLE, "GetRoleName") for ref in shown])
        boxes = self._ask([_call(ref, _COMPONENT, "GetExtents", "u", (0,)) for ref in shown])
        texts = self._texts([r for r, role in zip(shown, roles, strict=True)
                             if role and role[0] in ("text", "spin box")])  # fmt: skip
        return [
            Node(role[0], name[0][1], texts.get(ref, ""), bits[ref],
                 tuple(box[0]) if box else (0, 0, 0, 0), ref)
            for ref, name, role, box in zip(shown, names, roles, boxes, strict=True)
            if name and role
        ]  # fmt: skip

    def _texts(self, refs: Sequence[Ref]) -> dict[Ref, str]:
        held = self._ask([_call(ref, _TEXT, "GetText", "ii", (0, -1)) for ref in refs])
        return {ref: body[0] for ref, body in zip(refs, held, strict=True) if body}

    def _ask(self, messages: Sequence[Message]) -> list[tuple[Any, ...] | None]:
        """Ask all at once; None where there is no answer, as from a window that has just gone."""
        order = []
        for message in messages:
            serial = next(self._bus.outgoing_serial)
            self._bus.send(message, serial=serial)
            order.append(serial)
        answers: dict[int, tuple[Any, ...] | None] = {}
        while len(answers) < len(order):
            reply = self._bus.receive(timeout=60)
            serial = reply.header.fields.get(HeaderFields.reply_serial)
            if serial in order:
                good = reply.header.message_type is MessageType.method_return
                answers[serial] = reply.body if good else None
        return [answers[serial] for serial in order]


def _call(ref: Ref, face: str, name: str, signature: str | None = None, body: Any = ()) -> Message:
    return new_method_call(DBusAddress(ref[1], ref[0], face), name, signature, body)


def _property(ref: Ref, name: str) -> Message:
    return _call(ref, _PROPERTIES, "Get", "ss", (_ACCESSIBLE, name))
