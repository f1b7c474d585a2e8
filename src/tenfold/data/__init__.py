"""Where images come from, and what happens to them before they are learnt from."""
