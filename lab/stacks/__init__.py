"""The stacks that experiments run on: embedded, compose and external, behind one interface."""
