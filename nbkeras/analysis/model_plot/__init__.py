"""The picture of a model computed: anatomy, costs, layout, SVG, PNG and dot."""
