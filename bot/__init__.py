"""The chat on Telegram: its wires, what people say there, the dialogues, the words of the desk."""
