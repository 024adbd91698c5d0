"""A Telegram on your own machine: a Bot API server with a control API, kept in memory."""
