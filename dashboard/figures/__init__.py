"""Charts as plain dictionaries, one a file: values in, a plotly figure out. Colours come from theme.css (`.chart`)."""
