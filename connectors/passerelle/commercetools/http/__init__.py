"""How commercetools is spoken to: addresses, tokens, requests, retries, errors."""
