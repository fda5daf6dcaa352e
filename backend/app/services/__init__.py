"""The rules: plain functions of a session that raise Problems, never commit and know no HTTP."""
