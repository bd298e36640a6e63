"""All faults at once, in random order from a seed, over a whole house under load.

`weather` draws and plays the faults, `judge` says what an answer may be meanwhile, `storm` lets both meet and looks
whether all is well afterwards. A short storm is part of the suite; `make chaos` makes long ones.
"""
