"""Settings: plain frozen values, each with its unit."""
