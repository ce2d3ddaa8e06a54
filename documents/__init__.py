"""Bytes to values and back: workbooks, provider files, CFDI, invitations."""
