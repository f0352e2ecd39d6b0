"""One module for each page: what it shows, who may see it, what its buttons do."""
