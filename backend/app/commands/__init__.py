"""Commands, one module a subject; `app.cli` gathers them."""
