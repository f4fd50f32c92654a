"""Every Python example in `README.md` and `docs/` is run as written, and its output compared.

pages.py        finds the examples in a page
play.py         plays a page's examples, in a process of its own
network.py      that process's network: names and addresses of a small make-believe internet
site.py         the servers behind them, on loopback
"""
