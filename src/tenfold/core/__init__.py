"""The nouns that every step shares. Imports nothing else of Tenfold."""
