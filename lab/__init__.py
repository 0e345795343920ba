"""The conductor: starts stacks, runs experiments, writes run folders, and is the command line."""
