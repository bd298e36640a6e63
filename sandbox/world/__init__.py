"""The world behind the stand-ins: what there is, and how it is made up."""
