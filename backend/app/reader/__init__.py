"""Reading uploaded files in processes of their own, within limits of memory and time.

A web worker imports none of what reads files: it keeps one warm child that has imported it, and
each file is read in a fork of that child. `client` is the worker's side, `warm` the child.
"""
