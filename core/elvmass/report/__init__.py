"""Text forms of an analysis: JSON, CSV rows, terminal tables."""
