"""Widgets. A view is given finished values and emits intents; it knows no session and no file."""
