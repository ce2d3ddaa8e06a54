"""Letters in and out: IMAP, SMTP, MIME, threading, bounces, templates."""
