"""The experiments: each asks one question of several arms and leaves a run folder."""
