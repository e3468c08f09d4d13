"""Named benchmarks, each paired with its baseline or peer in one run."""
