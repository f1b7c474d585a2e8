"""The page that classifies pictures: its words, scripts, style, and the runtime in a browser."""
