"""The wire between the console and a gateway: frames, messages, and who may speak.

Both ends import this and nothing of each other.
"""
