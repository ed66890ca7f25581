"""The parts of a screen: each takes the desk's state in and posts messages out."""
