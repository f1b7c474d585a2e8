"""Pictures and texts of finished numbers."""
