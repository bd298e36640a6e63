"""The chart and the image: what they ask for, refuse, and hand to the process."""
