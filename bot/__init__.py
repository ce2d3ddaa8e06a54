"""The Telegram application."""
