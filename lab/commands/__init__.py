"""The commands of `lab`, one a module: options in, one call, text out."""
