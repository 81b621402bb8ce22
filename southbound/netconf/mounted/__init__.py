"""The mounted family: an OLT that mounts each ONU as a managed entity of its own (separated-NE, TR-385; RFC 8528).

    onus/onu[name]/root          the ONU's own hardware, ani, UNIs and their sub-interfaces: the standard modules
    onus/onu[name]/link-table    which of its interfaces meets which of the OLT's: no leafref reaches out
    everything else              at the top, as in the standard family

Profiles and policies stay at the top: the mount point's parent-reference (RFC 8528 section 4) lets the mounted tree
name them.
"""
