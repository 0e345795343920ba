"""What `lab size` needs around the search: the workload, the server to measure entries on, and the words."""
