"""The nouns that every step shares. Imports nothing from the rest of Tenfold."""
