"""The workbook that sets up an office: units, people, posts, numbers, tariffs, the PS."""
