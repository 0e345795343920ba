"""A run for other tools: percentile distributions, samples as a plain table, results as records."""
