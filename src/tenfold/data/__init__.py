"""Sources of images, and the steps before a fit."""
