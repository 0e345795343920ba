"""Many workers: a master that gives each its share of a leg, and collects their samples, by Locust's protocol."""
