"""Charts of widgets: scales, thinned series, colours of numbers, static SVG."""
