"""Pages of a merchant's people."""
