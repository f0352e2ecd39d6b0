"""What the site's files say, put together for the running hotline, `check` and `replay`: all errors at once."""
