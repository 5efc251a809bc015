"""What the service can do and what it weighs, measured on the machine at hand: `python -m bench [name ...] [--json]`.

Each measurement makes its own servers and data, and takes them away again. Nothing here is a test: a busy machine
misses a goal without anything being wrong.
"""
