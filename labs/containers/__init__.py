"""The labs on Docker, deployed by containerlab itself.

What runs on this machine: the engine (engine.py), containerlab (tool.py), images (images.py), the whole run (lab.py).
What runs in the nodes: node.py and the modules that it names, one a role. A topology file says everything else, and is
the same that `clearway` reads and that the runner in network namespaces takes.
"""
