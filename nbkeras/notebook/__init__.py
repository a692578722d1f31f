"""The only place that knows IPython; what notebooks show comes here."""
