"""Every command of the program: one row each, from which menus, tool bar and guide are made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MENUS: tuple[str, ...] = ("File", "View", "Measure", "Analysis", "Research", "Help")


class Needs(Enum):
    """What must be present before a command makes sense."""

    NOTHING = "nothing"
    RECORD = "record"
    EXPLANATION = "explanation"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    ``submenu`` is the menu inside ``menu`` that holds it, "" for none.
    ``icon`` names a file in the resources; "" has none. ``short`` is its text in the tool bar;
    None keeps it out of there, "" shows the icon alone.
    """

    key: str
    menu: str
    text: str
    shortcuts: tuple[str, ...]
    tip: str
    icon: str = ""
    needs: Needs = Needs.NOTHING
    short: str | None = None
    separator_before: bool = False
    checkable: bool = False
    submenu: str = ""


COMMANDS: tuple[Command, ...] = (
    Command("open", "File", "&Open …", ("Ctrl+O",), "Open an ECG file", "open", short="Open"),
    Command("recent_kept", "File", "&Keep this list", (),
            "Keep it when the program ends: full paths, which may name patients, are written",
            checkable=True, submenu="Recent ECGs"),
    Command("recent_named", "File", "Show &names of files", (),
            "Names of files often name the patient: off on a screen that others see",
            checkable=True, submenu="Recent ECGs"),
    Command("recent_clear", "File", "&Clear list", (), "Forget the ECGs that were opened",
            submenu="Recent ECGs"),
    Command("open_tab", "File", "Open in new &tab …", ("Ctrl+T",),
            "Open ECG files beside the present one, each in a tab of its own"),
    Command("close_tab", "File", "&Close tab", ("Ctrl+W",),
            "Close the present ECG; the last one stays"),
    Command("tab_next", "View", "Next ta&b", ("Ctrl+Tab",), "The next open ECG"),
    Command("tab_previous", "View", "Previous tab", ("Ctrl+Shift+Tab",), "The open ECG before"),
    Command("previous", "File", "&Previous ECG", ("Ctrl+PgUp", "Alt+Left"),
            "Previous ECG of the folder", "previous", Needs.RECORD, "Previous"),
    Command("next", "File", "&Next ECG", ("Ctrl+PgDown", "Alt+Right"),
            "Next ECG of the folder", "next", Needs.RECORD, "Next"),
    Command("export", "File", "&Export report …", ("Ctrl+E", "Ctrl+Shift+S"),
            "Save the report as PDF, PNG, SVG or DICOM", "export", Needs.RECORD, "Export", True),
    Command("export_anonymous", "File", "Export witho&ut name …", (),
            "The same without name, id, date and device", "", Needs.RECORD),
    Command("export_page", "File", "Export ECG pa&ge …", ("Ctrl+Shift+E",),
            "Save the page as it is shown (layout, speed, gain, filter, calipers), true to scale",
            "", Needs.RECORD),
    Command("export_saliency", "File", "Export &saliency …", (),
            "Save the explanation sample by sample as CSV, NPZ or JSON, without name or date",
            "", Needs.EXPLANATION),
    Command("report_again", "File", "&Make report from side file …", (),
            "Make the same report again from its .json file and the ECG; says what differs"),
    Command("print", "File", "Pr&int …", ("Ctrl+P",),
            "Look at the report or the ECG page as it will be printed, true to scale, and print it",
            "", Needs.RECORD, separator_before=True),
    Command("quit", "File", "&Quit", ("Ctrl+Q",), "Close the program", separator_before=True),
    Command("zoom_in", "View", "Zoom &in", ("Ctrl++", "Ctrl+="), "Enlarge the ECG", "zoom_in",
            Needs.RECORD, ""),
    Command("zoom_out", "View", "Zoom &out", ("Ctrl+-",), "Reduce the ECG", "zoom_out",
            Needs.RECORD, ""),
    Command("fit", "View", "&Fit page", ("Ctrl+0",), "Show the whole page", "fit",
            Needs.RECORD, ""),
    Command("true_size", "View", "&True size", ("Ctrl+1",),
            "Paper millimetres as large as those of this screen", "true_size", Needs.RECORD, ""),
    Command("calibrate", "View", "&Calibrate screen …", ("Ctrl+Shift+1",),
            "Hold a bank card or a ruler to the screen, so that a millimetre is a millimetre"),
    Command("ecg_alone", "View", "&ECG alone", ("F9",),
            "Give the ECG the whole window: beat and numbers are hidden, and the analysis goes on",
            separator_before=True, checkable=True),
    Command("full_screen", "View", "F&ull screen", ("F11",),
            "Give the program the whole screen, and back"),
    Command("theme_light", "View", "&Light", (), "Dark words on light ground",
            separator_before=True, checkable=True, submenu="Theme"),
    Command("theme_dark", "View", "&Dark", (), "Light words on dark ground; the ECG stays paper",
            checkable=True, submenu="Theme"),
    Command("theme_contrast", "View", "&High contrast", (),
            "Black on white, thick traces, strong edges", checkable=True, submenu="Theme"),
    Command("theme_system", "View", "&As the desktop", (), "Light or dark as the desktop is",
            checkable=True, submenu="Theme"),
    Command("analyse", "Analysis", "&Analyse again", ("F5",), "Estimate and explain once more",
            "analyse", Needs.RECORD, ""),
    Command("cancel", "Analysis", "&Stop", ("Ctrl+.",),
            "Stop reading, estimating or explaining; Esc does so too. The ECG stays", "",
            Needs.WORK),
    Command("reset_patient", "Analysis", "Reset pati&ent to file", (),
            "Drop the corrections and take the values of the file", "", Needs.RECORD),
    Command("compare", "Analysis", "&Compare with …", ("Ctrl+D",),
            "Beats over each other, measurements and estimates of two ECGs, by recording date",
            "", Needs.RECORD, separator_before=True),
    Command("beat_previous", "Analysis", "&Previous beat", ("Ctrl+Left",),
            "Analyse the complete heartbeat before the present one", "", Needs.RECORD,
            separator_before=True),
    Command("beat_next", "Analysis", "&Next beat", ("Ctrl+Right",),
            "Analyse the complete heartbeat after the present one", "", Needs.RECORD),
    Command("beat_trained", "Analysis", "Beat as &trained", ("Ctrl+B",),
            "Analyse the beat that the model was trained on", "", Needs.RECORD),
    Command("beat_median", "Analysis", "&Median beat", ("Ctrl+M",),
            "Analyse the median of the aligned usual beats", "", Needs.RECORD),
    Command("beat_overlay", "Analysis", "&Overlay all beats", ("Ctrl+Shift+O",),
            "Thin grey traces of all clean beats behind the analysed one", "", Needs.RECORD),
    Command("read_first", "Analysis", "&Read first", (),
            "Hide estimate and reasons of each ECG until you have entered your own reading",
            separator_before=True, checkable=True),
    Command("reading_log", "Analysis", "Reading &log …", (),
            "Where your readings are kept"),
    Command("what_if", "Analysis", "&What if …", ("Ctrl+Shift+W",),
            "Ask the model about another age, weight, sex or QRS voltage: a question, no patient",
            "", Needs.RECORD, separator_before=True),
    Command("random_weights", "Analysis", "Random weig&hts", ("W",),
            "Show what the same network explains with random weights: a control, and back",
            "", Needs.EXPLANATION),
    Command("check_ecg", "Analysis", "Chec&k this ECG", (),
            "Put the saliency method on trial on this one ECG", "", Needs.EXPLANATION),
    Command("training", "Research", "&Training …", (),
            "Train a model on a cohort of your own, in the background, and follow it"),
    Command("models", "Research", "&Models …", (),
            "Installed models: what they are, which to use; import, remove"),
    Command("guide", "Help", "&Guide", ("F1",), "How to read this program", "guide", short=""),
    Command("example", "Help", "Open an &example", (),
            "Open a simulated ECG that comes with the program; Next shows the others"),
    Command("palette", "Help", "Find &command …", ("Ctrl+K", "Ctrl+Shift+P"),
            "Type a few letters of any command and run it", separator_before=True),
    Command("shortcuts", "Help", "&Keys and commands …", ("F2", "?"),
            "All keys and commands in one window"),
    Command("about", "Help", "A&bout", (), "Version, licence, model"),
)  # fmt: skip

assert {command.menu for command in COMMANDS} <= set(MENUS)
assert len({command.key for command in COMMANDS}) == len(COMMANDS)
