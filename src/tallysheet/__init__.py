"""Batches of invoices into checked data, with a shared manifest that loses no update."""
