"""The door to whatever an install's operators have called when something is wrong."""
