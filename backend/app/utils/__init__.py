"""Pure functions: units, periods, cursors. They import nothing of ours."""
