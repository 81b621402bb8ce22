"""The command line: arguments in, operations called, results printed. Data on stdout, messages on stderr."""
