"""What a cache will do before it is tried: closed forms and compiled replays, pure functions over arrays."""
