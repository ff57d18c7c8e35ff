"""The model: one configuration, weights under canonical names, one decoder."""
