"""Alerts over HTTP as a source: what is sent to a hook is verified, numbered, on disk, and then a post like any other."""
