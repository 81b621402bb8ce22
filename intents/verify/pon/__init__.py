"""A PON as its OLT was read: what becomes of a set of frames that enters."""
