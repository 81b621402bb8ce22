"""Twins of real size, brought up whole on this machine: a hospital, and a metro of hospitals."""
