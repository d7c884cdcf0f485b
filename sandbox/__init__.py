"""A stand-in for the payment processor: a process and store of its own that speaks Stripe's wire format."""
