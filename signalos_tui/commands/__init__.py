"""The commands of `signalos`, one file each; `session` puts the parts of an engine together for those that run one."""
