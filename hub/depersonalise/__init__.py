"""What may stay of a person's row? Drop, band, generalise, pseudonymise, redact; then search again what is left."""
