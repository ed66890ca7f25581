"""One set of stories, told twice: on the paper terminal in this process, and over TLS on a gateway in another one."""
