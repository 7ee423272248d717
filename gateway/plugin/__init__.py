"""Where hooks are called: discovery, registration, and the view each provider has of them."""
