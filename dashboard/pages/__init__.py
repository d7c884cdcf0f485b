"""Dash pages, one folder for each audience. A page asks the domain once and draws what comes back."""
