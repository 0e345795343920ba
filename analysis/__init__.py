"""Turn a run folder into estimates, cautions, a verdict, charts and a report.

Reads in one direction, a module a step: ``run`` → ``samples`` → ``blocks`` → ``reads`` → ``validity`` →
``verdict`` → ``results`` → ``charts`` and ``page`` → ``report``. It takes in a run folder and nothing
else, so that any run can be analysed again, elsewhere, later.
"""
