"""How a compiled model is fitted, evaluated and used to predict."""
