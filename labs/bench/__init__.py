"""Benches: what a promise is worth, measured side by side in one run on a lab. They know of the product only its
command line.
"""
