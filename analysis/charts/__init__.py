"""Charts: each module makes a frame from what was found, and a Figure from the frame; nothing global."""
