"""The drill: each part of a running install is broken, and the screen, the alarm and the money are looked at."""
