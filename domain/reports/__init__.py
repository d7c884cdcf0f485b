"""Figures: what failed and came back, who uses the portal, what is due. Every definition stands in docs/figures.md."""
