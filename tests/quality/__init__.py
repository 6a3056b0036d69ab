"""What a woven page is worth, judged by code that shares nothing with the engine."""
