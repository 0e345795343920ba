"""The lab measured against its peers; each file is a program of its own."""
