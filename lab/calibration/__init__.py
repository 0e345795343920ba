"""What the lab itself adds to every time it reports: its own server that answers at once, and runs against it."""
