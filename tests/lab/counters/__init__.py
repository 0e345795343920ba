"""Each counter is seen to move by causing what it counts, on real servers."""
