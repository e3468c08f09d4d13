"""What `make` runs: the test matrix, the demo, the pictures."""
