"""The screens and dialogs, each with its style sheet beside it where it needs one."""
