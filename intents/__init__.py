"""The pure part: language, campus model, planner, neutral device state and verifier.

Values in, values out. Nothing here opens a socket or a file, reads a clock, logs, or imports a protocol library.
"""
