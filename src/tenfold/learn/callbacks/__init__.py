"""Callbacks that report on a fit, save it and stop it."""
