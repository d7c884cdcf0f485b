"""What the bench of the wave needs: rows, processes, counts."""
