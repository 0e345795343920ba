"""How large a cache must be: goals and a workload in; the smallest setting that meets them, or what forbids it.

One direction: a goal as it is written → the hit ratios that meet it → the smallest number of entries whose replay
reaches them, under each policy → the shortest time to live that still does. Pure functions; who runs them measures
the bytes that entries take, and reads the response times.
"""
