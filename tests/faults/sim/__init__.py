"""The whole engine in one thread and in virtual time, with everything going wrong that can; one seed, one history.

``python -m tests.faults.sim --seed 17`` lives through one schedule and tells of it, ``make sim SCHEDULES=20000``
through many. What is real: kernel, host, dispatcher, lanes, inbox, store and SQLite. What is not: clock, threads, disk,
providers, clients.
"""
