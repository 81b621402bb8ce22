"""Twelve tasks of running an OLT, counted: the lines of its command line beside what is typed for Clearway."""
