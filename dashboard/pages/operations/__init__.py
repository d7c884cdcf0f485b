"""Pages of those who keep the install healthy."""
