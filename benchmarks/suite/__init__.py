"""The benchmark suite: this library beside its peers, on one machine, in one run.

`scripts/bench` is the way in. The map:

    server.py        nginx on loopback, and what it serves
    environments.py  a virtual environment for each group of clients
    clients.py       the clients by name: which environment, which adapter
    rows.py          the rows of the table: what is done, by whom, and the targets
    adapters/        how each client does what the rows ask for; runs in the client's environment
    workloads.py     what is done in a round; runs in the client's environment
    worker.py        the program of a worker: one client, one row
    awake.py         keeps cores from falling asleep
    parent.py        starts workers, runs their rounds in turn
    starting.py      what an import costs: time and memory
    results.py       medians, spreads, ratios; targets met or not
    report.py        the tables, on the terminal and in docs/performance.md
    command.py       the options of scripts/bench

Modules that workers import (`adapters`, `workloads`, `worker`, `tasks`) import nothing but the
standard library and, by name, the client that is measured: peers are in no environment but their
own, so they are loaded by `load`.
"""
