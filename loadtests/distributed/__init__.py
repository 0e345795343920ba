"""Many workers: a master that gives each its share of a leg, and takes their samples, over Locust's own protocol."""
