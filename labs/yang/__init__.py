"""YANG modules of the lab's OLT; see README.md."""
