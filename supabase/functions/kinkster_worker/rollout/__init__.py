"""Moving characters from Flowise to the Responses API in phases."""
