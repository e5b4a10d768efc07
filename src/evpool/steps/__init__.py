"""One module per rule of the workflow: tables in, tables out, no files."""
